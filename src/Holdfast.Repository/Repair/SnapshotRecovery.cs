using System.Collections.Concurrent;
using System.Text;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// Finds the trees of snapshots that are gone, by forget, by mistake or by damage, as long as no prune has run, and makes one snapshot of them all.
/// Needs a lock, and an index that is true. In memory: a bit for each blob, and the names of trees below each tree that no snapshot has.
/// </summary>
public sealed class SnapshotRecovery(IndexedRepository repository, StageProgress progress)
{
    /// <summary>The tag of the snapshot, and the path that it says it has, as in restic.</summary>
    private const string Tag = "recovered";

    private const string Path = "/recover";

    private readonly ConcurrentDictionary<TreeId, Unnamed> _unnamed = [];

    private sealed record Unnamed(FileTime Newest, TreeId[] Below);

    /// <summary>The trees that nothing names, what changed last first.</summary>
    /// <param name="snapshots">All that can be read.</param>
    /// <exception cref="BackupException"/>
    public async Task<List<LostTree>> FindAsync(IReadOnlyList<StoredSnapshot> snapshots, CancellationToken cancellation)
    {
        progress.Begin("walking snapshots", 0);
        var used = new UsedBlobs(repository, lost => progress.Note($"{lost} of a snapshot is lost: `holdfast check` says what it touches"));
        await used.AddAsync(snapshots.Where(s => s.Snapshot.Tree is not null), progress, cancellation).ConfigureAwait(false);
        PackContents packs = repository.Index.ByPack();
        int unknown = (await repository.Repository.Backend.ListAllAsync(FileType.Pack, cancellation).ConfigureAwait(false)).Count(p => !packs.Contains(new(Hash256.Parse(p.File.Name))));
        if (unknown > 0)
        {
            progress.Hint($"{unknown} packs are in no index; what they hold is found after `holdfast repair index`");
        }

        await LoadUnnamedAsync(packs, used, cancellation).ConfigureAwait(false);

        var roots = new HashSet<TreeId>(_unnamed.Keys);
        foreach (Unnamed tree in _unnamed.Values)
        {
            roots.ExceptWith(tree.Below);
        }

        var found = new List<LostTree>();
        TreeRepair repair = new(repository, null, static _ => { }), telling = new(repository, null, progress.Note);
        foreach (TreeId root in roots)
        {
            // A snapshot of what is not whole would fail every check and stop every prune.
            TreeId? whole = await repair.RunAsync(root, cancellation).ConfigureAwait(false);
            if (whole is not { } id || (id != root && used.Contains(id)))
            {
                continue; // recovered before, without what is lost, which was told then
            }

            if (id != root)
            {
                await telling.RunAsync(root, cancellation).ConfigureAwait(false);
            }

            List<Node> nodes = await repository.LoadTreeAsync(root, cancellation).ConfigureAwait(false);
            found.Add(new(root, Newest(root), [.. nodes.Select(n => n.NameText)]) { IsWhole = id == root });
        }

        return [.. found.OrderByDescending(t => t.Newest).ThenBy(t => t.Id.Hash)];
    }

    /// <summary>Makes a snapshot with a folder for each tree, named by its id; what is not whole comes without what is lost.</summary>
    /// <exception cref="BackupException"/>
    public async Task<SnapshotId> SaveAsync(IReadOnlyList<LostTree> trees, string programVersion, CancellationToken cancellation)
    {
        DateTimeOffset now = repository.Repository.Options.Time.GetLocalNow();
        FileTime time = FileTime.FromDateTimeOffset(now);
        var folders = new List<Node>();
        TreeId root;
        BlobWriter writer = repository.StartWriting();
        await using (writer.ConfigureAwait(false))
        {
            var repair = new TreeRepair(repository, writer, _ => { });
            foreach (LostTree tree in trees.OrderBy(t => t.Id.ToString(), StringComparer.Ordinal))
            {
                folders.Add(new()
                {
                    Name = Encoding.ASCII.GetBytes(tree.Id.ToString()), Type = NodeType.Dir, Mode = FileMode.FromKernel(FileKind.Directory, 0x1ED), // rwxr-xr-x
                    ModifyTime = tree.Newest, AccessTime = tree.Newest, ChangeTime = time, UserId = Machine.UserId, GroupId = Machine.GroupId,
                    Subtree = tree.IsWhole ? tree.Id : await repair.RunAsync(tree.Id, cancellation).ConfigureAwait(false),
                });
            }

            root = await TreeStorage.SaveAsync(repository, writer, new TreeWriter(TimeZoneInfo.Local).Encode(folders), cancellation).ConfigureAwait(false);
            await writer.CompleteAsync(cancellation).ConfigureAwait(false);
        }

        // D4: its tree is durable.
        return await repository.Repository.SaveSnapshotAsync(
            new()
            {
                Time = now, Tree = root, Paths = [Path], Hostname = Machine.HostName, Username = Environment.UserName,
                UserId = Machine.UserId, GroupId = Machine.GroupId, Tags = [Tag], ProgramVersion = programVersion,
            },
            cancellation).ConfigureAwait(false);
    }

    private async Task LoadUnnamedAsync(PackContents packs, UsedBlobs used, CancellationToken cancellation)
    {
        progress.Begin("reading trees that no snapshot has", 0);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        await Parallel.ForEachAsync(packs.Packs, parallel, async (pack, token) =>
        {
            foreach (PackEntry entry in packs.EntriesOf(pack))
            {
                if (entry.Blob.Type != BlobType.Tree || used.Contains(entry.Blob))
                {
                    continue;
                }

                var id = new TreeId(entry.Blob.Hash);
                if (await UsedBlobs.TryLoadAsync(repository, id, token).ConfigureAwait(false) is { } nodes)
                {
                    FileTime newest = nodes.Count == 0 ? default : nodes.Max(n => n.ModifyTime);
                    _unnamed[id] = new(newest, [.. nodes.Where(n => n.Subtree is not null).Select(n => n.Subtree!.Value)]);
                    progress.Advance();
                }
                else
                {
                    progress.Note($"tree {id} cannot be read; what is in it and nowhere else is not recovered");
                }
            }
        }).ConfigureAwait(false);
    }

    private FileTime Newest(TreeId root)
    {
        FileTime newest = default;
        var seen = new HashSet<TreeId> { root };
        var open = new Stack<TreeId>([root]);
        while (open.TryPop(out TreeId id))
        {
            if (_unnamed.TryGetValue(id, out Unnamed? tree))
            {
                newest = tree.Newest > newest ? tree.Newest : newest;
                Array.ForEach(tree.Below, below =>
                {
                    if (seen.Add(below))
                    {
                        open.Push(below);
                    }
                });
            }
        }

        return newest;
    }
}
