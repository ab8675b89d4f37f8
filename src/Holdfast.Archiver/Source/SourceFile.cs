using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// A file that a source makes. For one thread at a time; several may be open at once. Up to 16 MiB of memory each. Disposed of
/// before <see cref="CompleteAsync"/>, it is not in the snapshot.
/// </summary>
public sealed class SourceFile : IDisposable, INodeTaker
{
    private readonly CapturedTree _tree;
    private readonly Worker _worker;
    private readonly ChunkCutter _cutter;
    private readonly PendingFile _pending;
    private readonly bool _isExecutable;
    private bool _ended;

    internal SourceFile(ArchiveRun run, CapturedTree tree, string path, ChunkGrain grain, bool isExecutable)
    {
        Path = path;
        _tree = tree;
        _isExecutable = isExecutable;
        _worker = new(run);
        _cutter = new(_worker);
        _pending = new(this, 0);
        _cutter.Begin(_pending, grain, mayWait: 0);
    }

    /// <summary>The absolute path in the snapshot.</summary>
    public string Path { get; }

    /// <summary>Bytes written so far.</summary>
    public long Length => _cutter.Length;

    /// <summary>Adds to the content. What is passed may be used again afterwards.</summary>
    /// <exception cref="Backend.BackupException">The repository failed.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        while (!content.IsEmpty)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(content.Length, _cutter.Free.Length);
            content[..count].CopyTo(_cutter.Free);
            content = content[count..];
            await _cutter.AddedAsync(count).ConfigureAwait(false);
        }
    }

    /// <summary>The content is whole: the file becomes part of the snapshot.</summary>
    /// <exception cref="Backend.BackupException">The repository failed.</exception>
    public async Task CompleteAsync()
    {
        await _cutter.EndAsync().ConfigureAwait(false);
        _ended = true;
        await _pending.EndAsync(_tree.NewFile(Path, _cutter.Length, _isExecutable), _worker).ConfigureAwait(false);
    }

    ValueTask INodeTaker.SetAsync(int slot, Node? node, Worker worker)
    {
        if (_ended && node is not null)
        {
            _tree.Add(Path, node);
        }

        return default;
    }

    public void Dispose()
    {
        _cutter.Release();
        _worker.Dispose();
    }
}
