using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Finds out what can be saved of damaged packs. Needs an exclusive lock.</summary>
public sealed class PackRepairPlanner(IndexedRepository repository, StageProgress progress)
{
    /// <summary>Most headers are shorter than this, and come with the first read.</summary>
    internal const int UsualHeader = 32 << 10;

    /// <summary>Whether packs leave the repository of which something cannot be reached, now and at any other place; default no.</summary>
    public bool GivesUpUnreadable { get; init; }

    /// <summary>Reads the packs; those that are sound are left out of the plan.</summary>
    /// <exception cref="BackupException">Kind NotFound: neither a pack nor the index has such a name, and no parity gives one back.</exception>
    public async Task<PackRepairPlan> PlanAsync(IReadOnlyCollection<PackId> packs, CancellationToken cancellation)
    {
        PackContents contents = repository.Index.ByPack();
        progress.Begin("reading packs", packs.Count);
        using var reader = new PackReader(repository);
        var damaged = new List<DamagedPack>();
        foreach (PackId id in packs.Distinct())
        {
            var file = new BackendFile(FileType.Pack, id.ToString());
            long? size = await repository.Repository.Backend.FindSizeAsync(file, cancellation).ConfigureAwait(false);
            if (await ExamineAsync(reader, id, size, contents.EntriesOf(id), cancellation).ConfigureAwait(false) is { } found)
            {
                damaged.Add(found);
            }

            progress.Advance();
        }

        return new(repository, damaged, GivesUpUnreadable, progress);
    }

    /// <summary>A pack with something wrong with it; null for a sound one.</summary>
    private async Task<DamagedPack?> ExamineAsync(PackReader reader, PackId id, long? size, List<PackEntry> known, CancellationToken cancellation)
    {
        if (size is null)
        {
            string? source = await FindSourceAsync(id, cancellation).ConfigureAwait(false);
            if (source is null && known.Count == 0)
            {
                throw new BackupException(BackupErrorKind.NotFound, $"there is no pack {id} at {repository.Repository.Backend.Location}, and no index names one");
            }

            progress.Note($"pack {id} is missing: {(source is null ? "what it held leaves the index" : $"{source} brings it back")}");
            return new(id, null, known, source is not null);
        }

        List<PackEntry> header = await TryReadHeaderAsync(id, size.Value, known, cancellation).ConfigureAwait(false);
        List<string> problems = await reader.FindDamageAsync(
            new(new(FileType.Pack, id.ToString()), size.Value), known.Count > 0 ? known : header, _ => { }, cancellation).ConfigureAwait(false);
        if (problems.Count == 0)
        {
            progress.Note(
                known.Count == 0 ? $"pack {id} is sound, but in no index: `holdfast repair index` adds it"
                : header.Except(known).Any() ? $"pack {id} is sound, but the index does not know all of it: `holdfast repair index` adds the rest"
                : $"pack {id} is sound: there is nothing to repair in it");
            return null;
        }

        problems.ForEach(progress.Note);
        return new(id, size, [.. known.Union(header)], await FindSourceAsync(id, cancellation).ConfigureAwait(false) is not null);
    }

    /// <summary>What has the pack whole, for a sentence; null where nothing has.</summary>
    private async Task<string?> FindSourceAsync(PackId id, CancellationToken cancellation)
    {
        PackRescue.Result result = await new PackRescue(repository.Repository.Backend).TryAsync(id, cancellation).ConfigureAwait(false);
        if (result.Problem is not null)
        {
            progress.Note($"pack {id} cannot be corrected: {result.Problem}");
        }

        return result.Content is null ? null : result.From;
    }

    /// <summary>What the header says; nothing where it cannot be read, too.</summary>
    /// <exception cref="BackupException">It cannot be reached, and no index knows what is in the pack: nothing could be saved.</exception>
    private async Task<List<PackEntry>> TryReadHeaderAsync(PackId id, long size, List<PackEntry> known, CancellationToken cancellation)
    {
        try
        {
            return await PackHeader.LoadAsync(repository.Repository, id, size, UsualHeader, cancellation).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Corrupt || (e.Kind == BackupErrorKind.Unreachable && known.Count > 0))
        {
            return [];
        }
    }
}
