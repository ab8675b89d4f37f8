using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Finds packs without good parity, and parity without a pack. Needs an exclusive lock.</summary>
/// <param name="percent">What the repository wants; see <see cref="OpenRepository.LoadParityAsync"/>.</param>
public sealed class ParityRepairPlanner(IndexedRepository repository, double percent, StageProgress progress)
{
    /// <exception cref="BackupException"/>
    public async Task<ParityRepairPlan> PlanAsync(CancellationToken cancellation)
    {
        IBackend backend = repository.Repository.Backend;
        progress.Begin("listing packs", 0);
        HashSet<PackId> parities = [.. (await backend.ListAllAsync(FileType.Parity, cancellation).ConfigureAwait(false)).Select(p => new PackId(Hash256.Parse(p.File.Name)))];
        Dictionary<PackId, long> packs = await PrunePlanner.ListPacksAsync(repository.Repository, cancellation).ConfigureAwait(false);
        HashSet<PackId> named = repository.Index.NamedPacks().ToHashSet();

        var correction = new ParityCorrection(backend);
        var make = new List<BackendEntry>();
        progress.Begin("reading parity", packs.Count);
        foreach ((PackId id, long size) in packs.Where(p => named.Contains(p.Key) && p.Value <= ParityLayout.LargestPack))
        {
            cancellation.ThrowIfCancellationRequested();
            bool isGood = parities.Contains(id) && await correction.LoadAsync(id, cancellation).ConfigureAwait(false) is { } file
                && ParityFile.TryRead(id, file) is { IsWhole: true };
            if (!isGood)
            {
                make.Add(new(new(FileType.Pack, id.ToString()), size));
            }

            progress.Advance();
        }

        // That of a pack which is missing may be all that is left of it.
        var orphans = new List<PackId>();
        foreach (PackId id in parities.Where(p => !packs.ContainsKey(p) && !named.Contains(p)))
        {
            if ((await correction.TryAsync(id, cancellation).ConfigureAwait(false)).Content is null)
            {
                orphans.Add(id);
                continue;
            }

            // D59: whether a snapshot needs it, prune finds out.
            progress.Note($"the parity of pack {id} stays: the pack is gone, and `holdfast repair packs {id}` brings it back; where no snapshot needs it, the next prune that has something to remove takes the parity, too");
        }

        return new(repository.Repository, percent, make, [.. orphans], progress);
    }
}
