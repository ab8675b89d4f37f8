using System.Collections.Concurrent;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Checks packs: against the index, and, where asked for, every byte. Notes which are good, and corrects damaged ones from
/// their parity where that is asked for, too.
/// </summary>
/// <param name="error">Told of each damage.</param>
internal sealed class PackCheck(IndexedRepository repository, CheckOptions options, StageProgress progress, Action<string> error) : IDisposable
{
    private readonly PackContents _contents = repository.Index.ByPack();
    private readonly PackMending _mending = new(repository.Repository.Backend, options.Corrects);
    private readonly ConcurrentDictionary<PackId, bool> _broken = new();
    private readonly ConcurrentDictionary<BlobHandle, bool> _damagedBlobs = new();
    private readonly ConcurrentDictionary<PackId, long> _sizes = new();

    /// <summary>Packs that are missing, truncated or damaged, and could not be corrected.</summary>
    internal IReadOnlyCollection<PackId> Broken => [.. _broken.Keys];

    internal IReadOnlyCollection<PackId> Corrected => _mending.Corrected;

    internal int UnusedPacks { get; private set; }

    internal ReadHistory? History { get; private set; }

    private OpenRepository Repository => repository.Repository;

    /// <summary>Whether no place of a blob gives it back.</summary>
    internal bool IsDamaged(BlobHandle blob) => _damagedBlobs.ContainsKey(blob);

    /// <exception cref="BackupException">The repository cannot be listed at all.</exception>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        progress.Begin("listing packs", 0);
        await foreach (BackendEntry pack in Repository.Backend.ListAsync(FileType.Pack, cancellation).ConfigureAwait(false))
        {
            _sizes[IdOf(pack)] = pack.Size;
            progress.Advance();
        }

        var lost = new ConcurrentBag<BlobHandle>();
        await CompareAsync(lost, cancellation).ConfigureAwait(false);
        await CheckParityAsync(cancellation).ConfigureAwait(false);
        using var ledger = new ReadLedger(Repository, Repository.Options.Warn);
        await ledger.LoadAsync(cancellation).ConfigureAwait(false);
        ledger.KeepOnly(_sizes.Keys.ToHashSet());
        try
        {
            await ReadAsync(await ChooseAsync(ledger, cancellation).ConfigureAwait(false), ledger, lost, cancellation).ConfigureAwait(false);
        }
        finally
        {
            ledger.Distrust(_broken.Keys);
            if (options.Notes)
            {
                await ledger.SaveAsync(CancellationToken.None).ConfigureAwait(false); // also what an interrupted check has read
            }
        }

        foreach (BlobHandle blob in lost)
        {
            if (repository.Index.FindAll(blob).All(place => _broken.ContainsKey(place.Pack)))
            {
                _damagedBlobs.TryAdd(blob, true);
            }
        }

        History = ledger.IsEmpty && !options.Reads ? null
            : ReadHistory.Of(ledger, [.. _sizes.Where(p => _contents.Contains(p.Key)).Select(p => (p.Key, p.Value))], Repository.Options.Time.GetUtcNow());
    }

    public void Dispose() => _mending.Dispose();

    private static PackId IdOf(BackendEntry pack) => new(Hash256.Parse(pack.File.Name));

    /// <summary>Compares which packs there are, and how long, with what the index says.</summary>
    private async Task CompareAsync(ConcurrentBag<BlobHandle> lost, CancellationToken cancellation)
    {
        foreach (PackId id in _contents.Packs)
        {
            List<PackEntry> entries = _contents.EntriesOf(id);
            long expected = entries.Max(End);
            bool isThere = _sizes.TryGetValue(id, out long size);
            if (isThere && size >= expected + PackHeader.LengthField + Sealer.Overhead)
            {
                continue;
            }

            string problem = isThere
                ? $"pack {id} is truncated: it has {size} bytes, and the index needs more than {expected}"
                : $"pack {id} is missing, but the index needs it";
            if (!await TryMendAsync(id, problem, cancellation).ConfigureAwait(false))
            {
                entries.Where(e => !isThere || End(e) > size).ToList().ForEach(e => lost.Add(e.Blob));
            }
        }

        UnusedPacks = _sizes.Keys.Count(id => !_contents.Contains(id));
        if (UnusedPacks > 0)
        {
            progress.Hint($"{UnusedPacks} packs are in no index: interrupted runs left them, or one that is under way has yet to name them; they do no harm");
        }
    }

    private static long End(PackEntry entry) => entry.Location.Offset + (long)entry.Location.Length;

    /// <summary>Whether packs have the parity that the repository wants for them. Not having it is no damage.</summary>
    private async Task CheckParityAsync(CancellationToken cancellation)
    {
        try
        {
            if (await Repository.LoadParityAsync(cancellation).ConfigureAwait(false) is null)
            {
                return;
            }
        }
        catch (BackupException e) when (e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.Unsupported)
        {
            error(e.Message);
            return;
        }

        HashSet<PackId> parities = [.. (await Repository.Backend.ListAllAsync(FileType.Parity, cancellation).ConfigureAwait(false)).Select(IdOf)];
        int without = _sizes.Count(p => _contents.Contains(p.Key) && p.Value <= ParityLayout.LargestPack && !parities.Contains(p.Key));
        if (without > 0)
        {
            progress.Hint($"{without} packs have no parity yet: `holdfast repair parity` makes it");
        }
    }

    private async Task<List<BackendEntry>> ChooseAsync(ReadLedger ledger, CancellationToken cancellation)
    {
        if (!options.Reads)
        {
            return [];
        }

        // Packs that no index names are nobody's.
        Func<PackId, bool> isWanted = options is { ReadsOnlyTheirs: true, Snapshots: { } snapshots } ? await NeededByAsync(snapshots, cancellation).ConfigureAwait(false) : _contents.Contains;
        List<BackendEntry> packs = [.. _sizes.Where(p => isWanted(p.Key)).Select(p => new BackendEntry(new(FileType.Pack, p.Key.ToString()), p.Value))];
        return options.ReadData is { } subset ? subset.Choose(packs) : options.Budget!.Choose(packs, ledger);
    }

    /// <remarks>What is lost is told later, by name.</remarks>
    private async Task<Func<PackId, bool>> NeededByAsync(IReadOnlySet<SnapshotId> snapshots, CancellationToken cancellation)
    {
        progress.Begin("walking trees", 0);
        List<StoredSnapshot> all = await Repository.ListSnapshotsAsync(static _ => { }, cancellation).ConfigureAwait(false);
        var used = new UsedBlobs(repository, static _ => { });
        await used.AddAsync(all.Where(s => snapshots.Contains(s.Id) && s.Snapshot.Tree is not null), progress, cancellation).ConfigureAwait(false);
        return pack => used.ContainsAny(_contents.NumbersOf(pack));
    }

    private async Task ReadAsync(List<BackendEntry> packs, ReadLedger ledger, ConcurrentBag<BlobHandle> lost, CancellationToken cancellation)
    {
        progress.Begin("reading packs", packs.Count);
        var readers = new ConcurrentBag<PackReader>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount + 1, CancellationToken = cancellation };
        try
        {
            await Parallel.ForEachAsync(InTime(packs), parallel, async (pack, token) =>
            {
                PackReader reader = readers.TryTake(out PackReader? used) ? used : new(repository) { OnDoubt = progress.OnHint };
                await ReadAsync(pack, reader, ledger, lost, token).ConfigureAwait(false);
                readers.Add(reader);
                progress.Advance();
            }).ConfigureAwait(false);
        }
        finally
        {
            foreach (PackReader reader in readers)
            {
                reader.Dispose();
            }
        }
    }

    /// <summary>The packs until the time of the budget is over; one at least.</summary>
    private IEnumerable<BackendEntry> InTime(List<BackendEntry> packs)
    {
        long start = Repository.Options.Time.GetTimestamp();
        return packs.TakeWhile((_, i) => i == 0 || options.Budget?.Time is not { } limit || Repository.Options.Time.GetElapsedTime(start) < limit);
    }

    private async Task ReadAsync(BackendEntry pack, PackReader reader, ReadLedger ledger, ConcurrentBag<BlobHandle> lost, CancellationToken cancellation)
    {
        PackId id = IdOf(pack);
        List<PackEntry> entries = _contents.EntriesOf(id);
        var damaged = new List<BlobHandle>();
        List<string> problems = await reader.FindDamageAsync(pack, entries, damaged.Add, cancellation).ConfigureAwait(false);
        if (problems.Count > 0 && !_broken.ContainsKey(id) && await TryMendAsync(id, problems[0], cancellation).ConfigureAwait(false))
        {
            damaged.Clear();
            problems = await reader.FindDamageAsync(pack with { Size = _sizes[id] }, entries, damaged.Add, cancellation).ConfigureAwait(false);
            problems.Take(1).ToList().ForEach(problem => Break(id, problem)); // the rest is said below
        }

        problems.Skip(1).ToList().ForEach(error);
        damaged.ForEach(lost.Add);
        if (await _mending.IsDamagedAsync(id, cancellation).ConfigureAwait(false))
        {
            error($"the parity of pack {id} is damaged: `holdfast repair parity` makes it anew");
        }

        if (problems.Count == 0)
        {
            await NoteAsync(ledger, id, cancellation).ConfigureAwait(false);
        }
    }

    private async Task NoteAsync(ReadLedger ledger, PackId id, CancellationToken cancellation)
    {
        if (options.Notes)
        {
            await ledger.NoteAsync(id, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Corrects a pack where that is wanted and can be done; otherwise it is broken, and that is said.</summary>
    private async Task<bool> TryMendAsync(PackId id, string problem, CancellationToken cancellation)
    {
        (long? size, string outcome) = await _mending.TryAsync(id, cancellation).ConfigureAwait(false);
        if (size is not null)
        {
            _sizes[id] = size.Value;
            progress.Hint(problem + outcome);
            return true;
        }

        Break(id, problem + outcome);
        return false;
    }

    private void Break(PackId id, string problem)
    {
        _broken.TryAdd(id, true);
        error(problem);
    }
}
