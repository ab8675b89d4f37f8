using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Gives new packs their parity, where the repository wants it. One thread at a time.</summary>
internal sealed class ParityWriter(OpenRepository repository)
{
    private ParityEncoder? _encoder;
    private double? _percent;
    private bool _isReady;

    /// <summary>Stores the parity of a pack that is durable already. The pack is complete without (D22), so a failure is only told.</summary>
    internal async Task SaveAsync(PackId pack, ReadOnlyMemory<byte> content)
    {
        try
        {
            if (!_isReady)
            {
                _isReady = true;
                _percent = await repository.LoadParityAsync(CancellationToken.None).ConfigureAwait(false);
                _encoder = _percent is null ? null : new(repository.Backend);
            }

            if (_encoder is not null)
            {
                await _encoder.SaveAsync(pack, content, _percent!.Value, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (BackupException e)
        {
            // Once: where one cannot be stored, the next cannot either.
            _encoder = null;
            repository.Options.Warn($"new packs get no parity in this run: {e.Message}; `holdfast repair parity` makes up for it");
        }
    }
}
