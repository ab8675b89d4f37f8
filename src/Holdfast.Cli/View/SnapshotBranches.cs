using System.Buffers.Binary;
using Holdfast.Linux;
using Holdfast.Repository;
using FileMode = Holdfast.Repository.FileMode;

namespace Holdfast.Cli.View;

/// <summary>The folders above the snapshots: by id, time, host and tag, or as templates say.</summary>
internal sealed class SnapshotBranches
{
    private const uint Readable = 0x16D; // 0555

    private readonly Dictionary<string, SortedDictionary<string, Node>> _branches = [];

    /// <param name="snapshots">Oldest first.</param>
    internal SnapshotBranches(IReadOnlyList<StoredSnapshot> snapshots, IReadOnlyList<PathTemplate> templates)
    {
        _branches.Add(string.Empty, NewBranch());
        foreach (PathTemplate template in templates)
        {
            Require(template.FixedFolders, null);
            foreach (StoredSnapshot stored in snapshots)
            {
                foreach (string[] path in template.Expand(stored))
                {
                    Add(path, stored, template.EndsWithTime);
                }
            }
        }
    }

    /// <summary>The entries of each folder, by its path.</summary>
    internal Dictionary<string, Node[]> ToNodes() => _branches.ToDictionary(b => b.Key, b => ViewFolder.Order([.. b.Value.Values], static _ => { }));

    /// <summary>The top of a snapshot, or of a folder in it, under a name of its own.</summary>
    internal static Node Top(string name, StoredSnapshot stored, TreeId tree) =>
        Folder(name, stored.Snapshot.Time) with { Subtree = tree, Inode = BinaryPrimitives.ReadUInt64LittleEndian(stored.Id.Hash.Span) };

    /// <summary>A folder that no repository holds; its time is that of its newest snapshot.</summary>
    internal static Node Folder(string name, DateTimeOffset? time) => Made(name, NodeType.Dir, FileKind.Directory, time);

    private void Add(string[] path, StoredSnapshot stored, bool hasLatest)
    {
        if (stored.Snapshot.Tree is not { } tree)
        {
            return; // damaged; `check` tells
        }

        SortedDictionary<string, Node> branch = Require(path.AsSpan(0, path.Length - 1), stored.Snapshot.Time);
        string name = FreeName(branch, path[^1]);
        branch.Add(name, Top(name, stored, tree));
        if (hasLatest)
        {
            branch["latest"] = Made("latest", NodeType.Symlink, FileKind.SymbolicLink, stored.Snapshot.Time) with { LinkTarget = PathText.Encode(name) };
        }
    }

    /// <summary>The folder of this path, made where it is not there yet.</summary>
    private SortedDictionary<string, Node> Require(ReadOnlySpan<string> path, DateTimeOffset? time)
    {
        string at = string.Empty;
        foreach (string part in path)
        {
            SortedDictionary<string, Node> above = _branches[at];
            string name = part;
            while (above.TryGetValue(name, out Node? taken) && (taken.Type != NodeType.Dir || taken.Subtree is not null))
            {
                name += "_"; // by a snapshot of that name
            }

            if (!above.TryGetValue(name, out Node? known) || time is not null)
            {
                above[name] = Folder(name, time ?? known?.ModifyTime.ToDateTimeOffset());
            }

            at = at.Length == 0 ? name : $"{at}/{name}";
            _branches.TryAdd(at, NewBranch());
        }

        return _branches[at];
    }

    private static string FreeName(SortedDictionary<string, Node> branch, string name)
    {
        string free = name;
        for (int i = 1; branch.ContainsKey(free); i++)
        {
            free = $"{name}-{i}";
        }

        return free;
    }

    private static Node Made(string name, NodeType type, FileKind kind, DateTimeOffset? at)
    {
        FileTime time = at is { } known ? FileTime.FromDateTimeOffset(known) : default;
        return new()
        {
            Name = PathText.Encode(name), Type = type, Mode = FileMode.FromKernel(kind, type == NodeType.Symlink ? 0x1FFu : Readable), Links = 1,
            UserId = Machine.UserId, GroupId = Machine.GroupId, AccessTime = time, ModifyTime = time, ChangeTime = time,
        };
    }

    private static SortedDictionary<string, Node> NewBranch() => new(StringComparer.Ordinal);
}
