using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Finds a damaged or missing pack whole: its parity gives it back, or this machine's cache has it. One pack at a time: that bounds the memory.</summary>
internal sealed class PackRescue(IBackend backend)
{
    private readonly ParityCorrection _correction = new(backend);

    /// <summary>What a pack held, proven by its name.</summary>
    /// <param name="Content">The whole pack; null where nothing has it.</param>
    /// <param name="From">What has it, for a sentence.</param>
    /// <param name="Problem">Why its parity does not give it back; null where it has none.</param>
    internal readonly record struct Result(byte[]? Content, string From, string? Problem);

    /// <exception cref="BackupException">The backend cannot be asked at all.</exception>
    internal async Task<Result> TryAsync(PackId pack, CancellationToken cancellation)
    {
        // Only packs with trees are ever cached, and what the name proves is as good as the pack itself.
        if ((backend as CacheBackend)?.FindCopy(new(FileType.Pack, pack.ToString())) is { } copy && Hash256.Of(copy) == pack.Hash)
        {
            return new(copy, "the cache of this machine", null);
        }

        ParityCorrection.Result result = await _correction.TryAsync(pack, cancellation).ConfigureAwait(false);
        return new(result.Content, "its parity", result.Problem);
    }

    /// <inheritdoc cref="ParityCorrection.ReplaceAsync"/>
    internal Task ReplaceAsync(PackId pack, byte[] proven, CancellationToken cancellation) => _correction.ReplaceAsync(pack, proven, cancellation);
}
