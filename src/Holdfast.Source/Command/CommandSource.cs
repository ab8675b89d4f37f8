using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>What a command writes, as one file. Its exit status decides whether there will be a snapshot (R12).</summary>
public sealed class CommandSource : ISource
{
    private const int ReadSize = 256 << 10;

    private readonly ToolCommand _command;
    private readonly ChunkGrain _grain;
    private readonly StreamRules _rules;

    private CommandSource(ToolCommand command, string path, ChunkGrain grain, StreamRules rules)
    {
        _command = command;
        _grain = grain;
        _rules = rules;
        Root = path;
    }

    public string Name => $"command {_command.Name}";

    public string Root { get; }

    /// <summary>One of a plan: the file lies with those of other commands, and is cut for dumps.</summary>
    /// <param name="name">The file's name; one component.</param>
    /// <param name="rules">Null for none.</param>
    public static CommandSource Named(string name, ToolCommand command, StreamRules? rules = null) => new(command, PathOf(name), ChunkGrain.Fine, rules ?? StreamRules.None);

    /// <summary>As restic's <c>--stdin-from-command</c> has it, at a path of its own.</summary>
    /// <param name="path">Absolute, in the snapshot.</param>
    public static CommandSource At(string path, ToolCommand command) => new(command, path, ChunkGrain.Coarse, StreamRules.None);

    /// <summary>Where a stream lies that a plan gives a name.</summary>
    public static string PathOf(string name) => $"/.holdfast/commands/{name}";

    public async Task CaptureAsync(SourceWriter writer, CancellationToken cancellation)
    {
        using SourceFile file = writer.CreateFile(Root, _grain);
        using var stream = new StreamCapture(file, _command.Name, _rules.EndMarker);
        using CancellationTokenSource limit = _rules.Timeout is { } most ? new(most) : new();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            await RunAsync(stream, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new BackupException(BackupErrorKind.Source, $"{_command.Name} was not done after {_rules.Timeout?.TotalSeconds:0} seconds, and was ended; give it a longer timeout if it needs one", e);
        }

        await stream.CompleteAsync(writer).ConfigureAwait(false);
    }

    private async Task RunAsync(StreamCapture stream, CancellationToken cancellation)
    {
        ToolProcess tool = ToolProcess.Start(_command);
        await using (tool.ConfigureAwait(false))
        {
            byte[] buffer = GC.AllocateUninitializedArray<byte>(ReadSize);
            int count;
            while ((count = await tool.Output.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
            {
                await stream.AddAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
            }

            await tool.EndAsync(cancellation).ConfigureAwait(false);
        }
    }
}
