using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Gives new packs their parity. One thread at a time.</summary>
internal sealed class ParityWriter(OpenRepository repository, double percent)
{
    private ParityEncoder? _encoder = new(repository.Backend);

    /// <summary>Stores the parity of a pack that is durable already. The pack is complete without (D22), so a failure is only told.</summary>
    internal async Task SaveAsync(PackId pack, ReadOnlyMemory<byte> content)
    {
        if (_encoder is null)
        {
            return;
        }

        try
        {
            await _encoder.SaveAsync(pack, content, percent, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            // Once: where one cannot be stored, the next cannot either.
            _encoder = null;
            Warn(repository, e);
        }
    }

    /// <summary>Tells that there is no parity from here on.</summary>
    internal static void Warn(OpenRepository repository, BackupException reason) =>
        repository.Options.Warn($"new packs get no parity in this run: {reason.Message}; `holdfast repair parity` makes up for it");
}
