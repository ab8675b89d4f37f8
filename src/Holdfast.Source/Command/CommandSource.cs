using System.Security.Cryptography;
using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>What a command writes, as one file. Its exit status decides whether there will be a snapshot (R12).</summary>
public sealed class CommandSource : ISource
{
    private const int ReadSize = 256 << 10;

    private readonly ToolCommand _command;
    private readonly ChunkGrain _grain;

    private CommandSource(ToolCommand command, string path, ChunkGrain grain)
    {
        _command = command;
        _grain = grain;
        Root = path;
    }

    public string Name => $"command {_command.Name}";

    public string Root { get; }

    /// <summary>One of a plan: the file lies with those of other commands, and is cut for dumps.</summary>
    /// <param name="name">The file's name; one component.</param>
    public static CommandSource Named(string name, ToolCommand command) => new(command, $"/.holdfast/commands/{name}", ChunkGrain.Fine);

    /// <summary>As restic's <c>--stdin-from-command</c> has it, at a path of its own.</summary>
    /// <param name="path">Absolute, in the snapshot.</param>
    public static CommandSource At(string path, ToolCommand command) => new(command, path, ChunkGrain.Coarse);

    public async Task CaptureAsync(SourceWriter writer, CancellationToken cancellation)
    {
        using SourceFile file = writer.CreateFile(Root, _grain);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ToolProcess tool = ToolProcess.Start(_command);
        await using (tool.ConfigureAwait(false))
        {
            byte[] buffer = GC.AllocateUninitializedArray<byte>(ReadSize);
            int count;
            while ((count = await tool.Output.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
            {
                hash.AppendData(buffer, 0, count);
                await file.WriteAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
            }

            await tool.EndAsync(cancellation).ConfigureAwait(false);
        }

        if (file.Length == 0)
        {
            throw new BackupException(BackupErrorKind.Source, $"{_command.Name} wrote nothing; let it write at least a line where there is truly nothing to keep");
        }

        await file.CompleteAsync().ConfigureAwait(false);
        writer.Add(new("stream", Path.GetFileName(Root)) { Path = Root, Bytes = file.Length, Checksum = Convert.ToHexStringLower(hash.GetHashAndReset()) });
    }
}
