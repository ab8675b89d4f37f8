using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>A stream to store as one file, cut as restic cuts it.</summary>
/// <param name="path">Absolute path in the snapshot.</param>
public sealed class StandardInputSource(LinuxFile stream, string path) : ISource
{
    /// <summary>How long an interruption may have to wait for a producer that says nothing, in milliseconds.</summary>
    private const int Slice = 100;

    public string Name => "standard input";

    public string Root => path;

    public async Task CaptureAsync(SourceWriter writer, CancellationToken cancellation)
    {
        using SourceFile file = writer.CreateFile(path, ChunkGrain.Coarse);
        byte[] buffer = GC.AllocateUninitializedArray<byte>(ChunkCutter.Stride);
        int count;
        while ((count = Fill(buffer, cancellation)) > 0)
        {
            await file.WriteAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
        }

        await file.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Reads until the buffer is full or the stream ends. Whoever gave the stream to us may have made it one that does not block.</summary>
    private int Fill(Span<byte> buffer, CancellationToken cancellation)
    {
        int filled = 0;
        while (filled < buffer.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            if (stream.WaitForInput(Slice) && stream.TryRead(buffer[filled..]) is { } count)
            {
                if (count == 0)
                {
                    break;
                }

                filled += count;
            }
        }

        return filled;
    }
}
