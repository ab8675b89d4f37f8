using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Which parity is to be made or removed, made by <see cref="ParityRepairPlanner"/>. Execute it under the same lock, once.</summary>
public sealed class ParityRepairPlan
{
    private readonly OpenRepository _repository;
    private readonly double _percent;
    private readonly IReadOnlyList<BackendEntry> _make;
    private readonly PackId[] _orphans;
    private readonly StageProgress _progress;

    internal ParityRepairPlan(OpenRepository repository, double percent, IReadOnlyList<BackendEntry> make, PackId[] orphans, StageProgress progress)
    {
        _repository = repository;
        _percent = percent;
        _make = make;
        _orphans = orphans;
        _progress = progress;
    }

    /// <summary>Packs whose parity is missing or damaged.</summary>
    public IReadOnlyCollection<PackId> PacksWithout => [.. _make.Select(IdOf)];

    /// <summary>Parity of packs that are gone and that no index names.</summary>
    public IReadOnlyCollection<PackId> Orphans => _orphans;

    public bool IsEmpty => _make.Count + _orphans.Length == 0;

    /// <summary>Makes and removes. Packs that are damaged get none: it would keep the damage.</summary>
    /// <returns>The damaged packs.</returns>
    /// <exception cref="BackupException"/>
    public async Task<IReadOnlyCollection<PackId>> ExecuteAsync(CancellationToken cancellation)
    {
        var damaged = new List<PackId>();
        var encoder = new ParityEncoder(_repository.Backend);
        _progress.Begin("making parity", _make.Count);
        foreach (BackendEntry pack in _make)
        {
            if (!await TryMakeAsync(encoder, pack, cancellation).ConfigureAwait(false))
            {
                damaged.Add(IdOf(pack));
            }

            _progress.Advance();
        }

        foreach (PackId orphan in _orphans)
        {
            await _repository.Backend.RemoveAsync(new(FileType.Parity, orphan.ToString()), cancellation).ConfigureAwait(false);
        }

        return damaged;
    }

    private static PackId IdOf(BackendEntry pack) => new(Hash256.Parse(pack.File.Name));

    private async Task<bool> TryMakeAsync(ParityEncoder encoder, BackendEntry pack, CancellationToken cancellation)
    {
        PackId id = IdOf(pack);
        byte[]? whole = null;
        string problem = "its content does not match its name";
        try
        {
            byte[] content = await _repository.Backend.ReadAllAsync(pack.File, ParityLayout.LargestPack, cancellation).ConfigureAwait(false);
            whole = Hash256.Of(content) == id.Hash ? content : null;
        }
        catch (BackupException e) when (e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.NotFound or BackupErrorKind.Unreachable)
        {
            problem = e.Message;
        }

        if (whole is not null)
        {
            await encoder.SaveAsync(id, whole, _percent, cancellation).ConfigureAwait(false);
            return true;
        }

        _progress.Note($"pack {id} gets no parity, because it is damaged: {problem}; `holdfast repair packs {id}` comes first");
        return false;
    }
}
