using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Writes indexes anew where packs left them or where they are small, in three steps that the caller puts in order: choose
/// which files are superseded, write what takes their place, remove them.
/// </summary>
/// <param name="contents">What is known of each pack, from all files together.</param>
/// <param name="dropped">Packs that no index shall name any more.</param>
internal sealed class IndexRewriter(OpenRepository repository, PackContents contents, IReadOnlySet<PackId> dropped)
{
    /// <summary>A file with fewer blobs is put together with others.</summary>
    private const int SmallCount = IndexWriter.FullCount / 2;

    /// <summary>Packs whose entries stand in a file that stays.</summary>
    private readonly HashSet<PackId> _kept = [];

    private readonly List<BackendFile> _superseded = [];

    /// <summary>Packs that get entries beside those known, or in their place.</summary>
    internal IReadOnlyDictionary<PackId, List<PackEntry>> Corrected { get; init; } = new Dictionary<PackId, List<PackEntry>>();

    /// <summary>Whether there is anything to write or to remove; after <see cref="ChooseAsync"/> or <see cref="Supersede"/>.</summary>
    internal bool IsNeeded => _superseded.Count > 0 || Corrected.Count > 0 || Unnamed().Any();

    /// <summary>Lets none of the files stay.</summary>
    internal void Supersede(IEnumerable<BackendFile> files) => _superseded.AddRange(files);

    /// <summary>How many files cannot be read; after <see cref="ChooseAsync"/>.</summary>
    internal int Damaged { get; private set; }

    /// <summary>Decides which of the files stay.</summary>
    /// <param name="replacesDamaged">Whether a file that cannot be read is superseded too; else it is an error.</param>
    /// <exception cref="BackupException"/>
    internal async Task ChooseAsync(IReadOnlyCollection<BackendFile> files, bool replacesDamaged, StageProgress progress, CancellationToken cancellation)
    {
        progress.Begin("reading indexes", files.Count);
        var small = new List<(BackendFile File, HashSet<PackId> Packs)>();
        foreach (BackendFile file in files)
        {
            Dictionary<PackId, int> packs = await CountAsync(file, replacesDamaged, cancellation).ConfigureAwait(false);
            bool isTrue = packs.All(p => !dropped.Contains(p.Key) && !_kept.Contains(p.Key) && contents.NumbersOf(p.Key).Length == p.Value);
            if (!isTrue || packs.Count == 0)
            {
                _superseded.Add(file);
            }
            else if (packs.Values.Sum() < SmallCount)
            {
                small.Add((file, [.. packs.Keys]));
            }
            else
            {
                _kept.UnionWith(packs.Keys);
            }

            progress.Advance();
        }

        // One small file alone is what every repository ends with: writing it again would gain nothing.
        if (small is [var only] && _superseded.Count == 0 && !only.Packs.Overlaps(_kept) && Unnamed().All(only.Packs.Contains))
        {
            _kept.UnionWith(only.Packs);
        }
        else
        {
            _superseded.AddRange(small.Select(s => s.File));
        }
    }

    /// <summary>Writes all that no staying file says; when it returns, that is durable.</summary>
    /// <exception cref="BackupException"/>
    internal async Task WriteAsync(StageProgress progress, CancellationToken cancellation)
    {
        progress.Begin("writing indexes", 0);
        using var writer = new IndexWriter(repository, null);
        foreach (PackId pack in Unnamed())
        {
            await writer.AddAsync(contents.EntriesOf(pack), cancellation).ConfigureAwait(false);
            progress.Advance();
        }

        foreach (List<PackEntry> pack in Corrected.Values.Where(p => p.Count > 0))
        {
            await writer.AddAsync(pack, cancellation).ConfigureAwait(false);
        }

        await writer.FlushAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Removes the superseded files: not before <see cref="WriteAsync"/> has returned.</summary>
    /// <exception cref="BackupException"/>
    internal async Task RemoveSupersededAsync(Func<BackendFile, Task> remove, StageProgress progress)
    {
        progress.Begin("removing old indexes", _superseded.Count);
        foreach (BackendFile file in _superseded)
        {
            await remove(file).ConfigureAwait(false);
            progress.Advance();
        }
    }

    private IEnumerable<PackId> Unnamed() => contents.Packs.Where(p => !dropped.Contains(p) && !_kept.Contains(p));

    /// <summary>How many blobs a file names for each of its packs; none where it is damaged, and may be.</summary>
    private async Task<Dictionary<PackId, int>> CountAsync(BackendFile file, bool mayBeDamaged, CancellationToken cancellation)
    {
        var counts = new Dictionary<PackId, int>();
        if (mayBeDamaged && repository.Backend is CacheBackend cache)
        {
            cache.Drop(file); // that the cache has it whole helps no other machine
        }

        try
        {
            ReadOnlyMemory<byte> text = await repository.LoadUnpackedAsync(file, cancellation).ConfigureAwait(false);
            IndexFile.Read(text.Span, file.ToString(), entry => counts[entry.Location.Pack] = counts.GetValueOrDefault(entry.Location.Pack) + 1);
            return counts;
        }
        catch (BackupException e) when (mayBeDamaged && e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.Unreachable)
        {
            Damaged++;
            return [];
        }
    }
}
