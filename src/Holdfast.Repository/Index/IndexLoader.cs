using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Brings the index of a repository together: the table that an earlier run left in the cache, and the index files that
/// are new since. Memory: up to a million entries and what one index file takes; more is sorted on disk, in the cache or
/// in the folder for temporary files. One use.
/// </summary>
/// <param name="mostNew">Entries held in memory before they are put into a file; by default 60 MB of them.</param>
internal sealed class IndexLoader(OpenRepository repository, Action<BackupException>? damaged, int mostNew = 1 << 20)
{
    /// <summary>Fewer than this are read from their index files faster than a table is written.</summary>
    private const int WorthATable = 2_000;

    private readonly List<IndexTable> _spilled = [];
    private IndexTable? _known;
    private bool _keepsInMemory;
    private bool _sawDamage;
    private byte[] _plain = [];

    /// <exception cref="BackupException"/>
    internal async Task<BlobIndex> LoadAsync(CancellationToken cancellation)
    {
        HashSet<Hash256> files = [];
        await foreach (BackendEntry entry in repository.Backend.ListAsync(FileType.Index, cancellation).ConfigureAwait(false))
        {
            files.Add(Hash256.Parse(entry.File.Name));
        }

        _known = OpenKnown(files);
        var index = new BlobIndex(_known);
        var read = new List<Hash256>(index.Files);
        foreach (Hash256 file in files.Except(read).ToList())
        {
            if (await TryReadAsync(file, index, cancellation).ConfigureAwait(false))
            {
                read.Add(file);
                if (index.New >= mostNew && !_keepsInMemory)
                {
                    index = Spill(index);
                }
            }
        }

        return Gather(index, read);
    }

    /// <summary>Leaves a table for the next run, where it would otherwise have much to read. Not while others add.</summary>
    internal static void Save(OpenRepository repository, BlobIndex index)
    {
        if (repository.TablePath is { } path && IsWorthATable(index) && !index.IsPartial)
        {
            TryMerge(index.Runs(), index.Files, path, out _);
        }
    }

    private static bool IsWorthATable(BlobIndex index) => index.New >= WorthATable && index.New > index.Known / 8;

    private static bool TryMerge(List<IndexRun> runs, IReadOnlyCollection<Hash256> files, string path, out string reason)
    {
        reason = string.Empty;
        try
        {
            IndexRun.Merge(runs, files, path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reason = e.Message;
            return false;
        }
    }

    /// <summary>The table in the cache, unless it knows of index files that are gone: then what they said may be gone, too.</summary>
    private IndexTable? OpenKnown(HashSet<Hash256> files)
    {
        IndexTable? table = repository.TablePath is { } path ? IndexTable.TryOpen(path) : null;
        if (table is null || files.IsSupersetOf(table.Files))
        {
            return table;
        }

        table.Dispose();
        return null;
    }

    private async Task<bool> TryReadAsync(Hash256 file, BlobIndex index, CancellationToken cancellation)
    {
        try
        {
            // One after another, in the same memory: the decoded text of an index is large, and reading it is quick.
            var name = new BackendFile(FileType.Index, file.ToString());
            ReadOnlyMemory<byte> text;
            (text, _plain) = await repository.LoadUnpackedAsync(name, _plain, cancellation).ConfigureAwait(false);
            IndexFile.Read(text.Span, name.ToString(), entry => index.Add(entry.Blob, entry.Location));
            index.AddFile(file);
            return true;
        }
        catch (BackupException e) when (damaged is not null && e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.NotFound or BackupErrorKind.Unreachable)
        {
            _sawDamage = true; // some of its entries may have been read, and no table may keep them when the file is gone
            damaged!(e);
            return false;
        }
    }

    /// <summary>Puts what is new in memory into a sorted file, and begins anew.</summary>
    private BlobIndex Spill(BlobIndex index)
    {
        if (TryMergeAside([index.NewRun()], [], mostInMemory: 0) is not { } table)
        {
            return index;
        }

        _spilled.Add(table);
        return new(_known);
    }

    /// <summary>One index of all that was read: in the cache, in a temporary file, or in memory.</summary>
    private BlobIndex Gather(BlobIndex index, List<Hash256> files)
    {
        List<IndexRun> runs = [.. index.Runs(), .. _spilled.Select(t => t.Run())];
        IndexTable? table = null;
        if (repository.TablePath is { } path && !_sawDamage && (_spilled.Count > 0 || IsWorthATable(index)) && TryMerge(runs, files, path, out _))
        {
            table = IndexTable.TryOpen(path);
        }

        if (table is null && _spilled.Count > 0 && !_keepsInMemory)
        {
            table = TryMergeAside(runs, files, IndexTable.MostInMemory);
        }

        if (table is null)
        {
            TakeBack(index, files);
        }
        else
        {
            _known?.Dispose();
            _known = table;
            index = new(table);
        }

        _spilled.ForEach(t => t.Dispose());
        repository.Keep(_known);
        index.IsPartial = _sawDamage;
        return index;
    }

    /// <summary>There is no room on any disk: all in memory, then.</summary>
    private void TakeBack(BlobIndex index, List<Hash256> files)
    {
        foreach (IndexTable table in _spilled)
        {
            foreach (IndexEntry entry in table.Entries())
            {
                index.Add(entry.Blob, entry.In(table.Packs[entry.Pack]));
            }
        }

        files.ForEach(index.AddFile);
    }

    /// <summary>Merges into a file that is gone when it is closed; null where there is no room for it.</summary>
    private IndexTable? TryMergeAside(List<IndexRun> runs, IReadOnlyCollection<Hash256> files, long mostInMemory)
    {
        string folder = Path.GetDirectoryName(repository.TablePath) ?? Path.GetTempPath();
        string path = Path.Combine(folder, $"blobs-tmp-{Guid.NewGuid():n}");
        IndexTable? table = TryMerge(runs, files, path, out string reason) ? IndexTable.TryOpen(path, mostInMemory) : null;
        if (table is null)
        {
            _keepsInMemory = true;
            repository.Options.Warn($"the index is kept in memory, and may need much of it: {(reason.Length > 0 ? reason : path)}");
        }

        File.Delete(path);
        return table;
    }
}
