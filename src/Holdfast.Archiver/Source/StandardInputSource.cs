using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>A stream to store as one file, cut as restic cuts it.</summary>
/// <param name="path">Absolute path in the snapshot.</param>
public sealed class StandardInputSource(LinuxFile stream, string path) : ISource
{
    public string Name => "standard input";

    public string Root => path;

    public async Task CaptureAsync(SourceWriter writer, CancellationToken cancellation)
    {
        using SourceFile file = writer.CreateFile(path, ChunkGrain.Coarse);
        byte[] buffer = GC.AllocateUninitializedArray<byte>(ChunkCutter.Stride);
        int count;
        while ((count = stream.ReadFull(buffer)) > 0)
        {
            await file.WriteAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
        }

        await file.CompleteAsync().ConfigureAwait(false);
    }
}
