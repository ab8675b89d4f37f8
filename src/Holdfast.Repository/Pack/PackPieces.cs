using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// Memory between a pack that grows and its draft: pieces that take turns, of which one is filled while the others go to the disk.
/// Used again for the next draft. One thread at a time.
/// </summary>
/// <param name="size">Bytes of a piece, whole pages.</param>
internal sealed class PackPieces(int size)
{
    /// <summary>More than two, for what comes together while the disk is busy with the end of the pack before.</summary>
    private const int Count = 4;

    private readonly Memory<byte>[] _memory = new Memory<byte>[Count];
    private readonly Task[] _stored = [.. Enumerable.Repeat(Task.CompletedTask, Count)];
    private FileDraft? _draft;
    private int _current;
    private int _held;

    internal void Begin(FileDraft draft)
    {
        _draft = draft;
        _held = 0;
    }

    /// <exception cref="BackupException">What came before could not be stored.</exception>
    internal async ValueTask AppendAsync(ReadOnlyMemory<byte> part)
    {
        while (!part.IsEmpty)
        {
            if (_held == size)
            {
                HandOver();
                await _stored[_current].ConfigureAwait(false);
            }

            if (_memory[_current].IsEmpty)
            {
                _memory[_current] = Pages.Allocate(size);
            }

            int fits = Math.Min(part.Length, size - _held);
            part.Span[..fits].CopyTo(_memory[_current].Span[_held..]);
            _held += fits;
            part = part[fits..];
        }
    }

    /// <summary>Stores the rest; returns the file once it is durable (D1).</summary>
    /// <exception cref="BackupException"/>
    internal async Task<BackendFile> FinishAsync()
    {
        HandOver();
        BackendFile file = await _draft!.FinishAsync(FileType.Pack).ConfigureAwait(false); // fails if a piece did
        await AbandonAsync().ConfigureAwait(false);
        return file;
    }

    /// <summary>Discards the draft, if it is not finished.</summary>
    internal async Task AbandonAsync()
    {
        if (_draft is { } draft)
        {
            _draft = null;
            await draft.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void HandOver()
    {
        _stored[_current] = _draft!.AppendAsync(_memory[_current][.._held]);
        _current = (_current + 1) % Count;
        _held = 0;
    }
}
