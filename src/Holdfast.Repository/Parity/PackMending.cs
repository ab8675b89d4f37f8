using System.Collections.Concurrent;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>What parity can do for a damaged pack. Safe for several threads; corrects one pack at a time, which bounds the memory.</summary>
/// <param name="replaces">Whether the corrected pack takes the place of the damaged one; otherwise it is only said that it could.</param>
internal sealed class PackMending(IBackend backend, bool replaces) : IDisposable
{
    private readonly ParityCorrection _correction = new(backend);
    private readonly SemaphoreSlim _gate = new(1);
    private readonly ConcurrentBag<PackId> _corrected = [];

    internal IReadOnlyCollection<PackId> Corrected => [.. _corrected];

    /// <summary>The size of the pack where it is whole again, and the end of the sentence that says what was wrong with it.</summary>
    /// <exception cref="BackupException"/>
    internal async Task<(long? Size, string Outcome)> TryAsync(PackId pack, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ParityCorrection.Result result = await _correction.TryAsync(pack, cancellation).ConfigureAwait(false);
            if (result.Content is null)
            {
                return (null, result.Problem is null ? string.Empty : $"; it cannot be corrected: {result.Problem}");
            }

            if (!replaces)
            {
                return (null, "; its parity can correct it: `holdfast check --read-data --correct`");
            }

            await _correction.ReplaceAsync(pack, result.Content, cancellation).ConfigureAwait(false);
            _corrected.Add(pack);
            return (result.Content.Length, $"; {result.Sectors} sectors of it were corrected, and it is whole again");
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>Whether a pack has a parity that is not whole any more.</summary>
    internal async Task<bool> IsDamagedAsync(PackId pack, CancellationToken cancellation) =>
        await _correction.LoadAsync(pack, cancellation).ConfigureAwait(false) is { } parity && ParityFile.TryRead(pack, parity) is not { IsWhole: true };
}
