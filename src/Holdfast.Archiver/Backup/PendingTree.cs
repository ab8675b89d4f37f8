using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// A directory on its way: it waits for the nodes of its entries, then becomes a tree and a node of its parent, on
/// whichever worker brings the last one. Thread-safe.
/// </summary>
internal sealed class PendingTree : INodeTaker
{
    private readonly PendingTree? _parent;
    private readonly int _slotInParent;
    private readonly FileStatus _status;
    private readonly ExtendedAttribute[] _attributes;
    private readonly Node? _previous;
    private readonly IReadOnlyList<Node> _previousNodes;
    private readonly byte[] _name;
    private Node?[] _nodes = [];
    private int _missing;
    private int _directoryUsers = 1;

    internal PendingTree(
        PendingTree? parent, int slotInParent, byte[] name, DirectoryHandle directory, in FileStatus status,
        ExtendedAttribute[] attributes, Node? previous, IReadOnlyList<Node> previousNodes)
    {
        _parent = parent;
        _slotInParent = slotInParent;
        _name = name;
        _status = status;
        _attributes = attributes;
        _previous = previous;
        _previousNodes = previousNodes;
        Directory = directory;
        Depth = parent is null ? 0 : parent.Depth + 1;
    }

    internal DirectoryHandle Directory { get; }

    internal PendingTree? Parent => _parent;

    /// <summary>The nodes that the parent snapshot has here.</summary>
    internal IReadOnlyList<Node> PreviousNodes => _previousNodes;

    /// <summary>The tree of those nodes.</summary>
    internal TreeId? PreviousTree { get; init; }

    /// <summary>
    /// Whether the parent snapshot's tree of this directory, or of one above it, could not be read: what comes out the same
    /// may be damaged in the repository.
    /// </summary>
    internal bool IsDoubtful { get; init; }

    /// <summary>The path in the snapshot.</summary>
    internal string Path
    {
        get
        {
            // Not by recursion: folders may nest deeper than calls can.
            var names = new Stack<string>();
            for (PendingTree at = this; at._parent is not null; at = at._parent)
            {
                names.Push(PathText.Decode(at._name));
            }

            return "/" + string.Join('/', names);
        }
    }

    /// <summary>The file system of the path that the user named; 0 above it.</summary>
    internal ulong RootDevice { get; init; }

    /// <summary>How many components the path has.</summary>
    internal int Depth { get; }

    /// <summary>The depth of the path that the user named; 0 above it.</summary>
    internal int TargetDepth { get; init; }

    /// <summary>Whether all that is in it is wanted, or only what leads to the paths that the user named.</summary>
    internal bool IsWhole { get; set; }

    /// <summary>Set where paths that the user named lead here or further down.</summary>
    internal TargetTree? Target { get; init; }

    /// <summary>Counts what is captured at the nearest path that the user named, here or above; null above them all.</summary>
    internal PathTally? Tally { get; init; }

    internal ulong Device => _status.DeviceId;

    internal string ChildPath(ReadOnlySpan<byte> name) =>
        _parent is null ? "/" + PathText.Decode(name) : Path + "/" + PathText.Decode(name);

    /// <summary>Says how many entries there will be. The caller adds one for itself, so that the tree cannot close before it is ready.</summary>
    internal void Expect(int entries)
    {
        _nodes = new Node?[entries];
        _missing = entries + 1;
    }

    /// <summary>Keeps the directory open for one user more.</summary>
    internal void HoldDirectory() => Interlocked.Increment(ref _directoryUsers);

    internal void ReleaseDirectory()
    {
        if (Interlocked.Decrement(ref _directoryUsers) == 0)
        {
            Directory.Dispose();
        }
    }

    /// <summary>Brings an entry's node; null where there is none after all.</summary>
    public ValueTask SetAsync(int slot, Node? node, Worker worker)
    {
        _nodes[slot] = node;
        return ArrivedAsync(worker);
    }

    /// <summary>Counts down, and closes the tree with the last entry.</summary>
    internal ValueTask ArrivedAsync(Worker worker) =>
        Interlocked.Decrement(ref _missing) == 0 ? CloseUpwardsAsync(worker) : default;

    /// <summary>Closes this tree, and every tree above it for which it was the last that was missing.</summary>
    private async ValueTask CloseUpwardsAsync(Worker worker)
    {
        PendingTree at = this;
        do
        {
            if (at._parent is null)
            {
                List<Node> root = [.. at._nodes.OfType<Node>()];
                at.Count(root);
                worker.Run.Root = root;
                return;
            }

            Node node = await at.CloseAsync(worker).ConfigureAwait(false);
            at._parent._nodes[at._slotInParent] = node;
            at = at._parent;
        }
        while (Interlocked.Decrement(ref at._missing) == 0);
    }

    /// <summary>The node of this directory, with its tree stored.</summary>
    private async ValueTask<Node> CloseAsync(Worker worker)
    {
        List<Node> nodes = [.. _nodes.OfType<Node>()];
        _nodes = [];
        Count(nodes);
        TreeId id = IsAsBefore(nodes) ? PreviousTree!.Value : await worker.SaveTreeAsync(nodes, IsDoubtful).ConfigureAwait(false);
        Node node = worker.Run.Nodes.Build(_name, _status) with { Subtree = id, ExtendedAttributes = _attributes };
        Report(node, worker.Run.Progress);
        return Unchanged(node) ? _previous! : node;
    }

    /// <summary>Counts this folder and what is in it; folders in it have counted themselves.</summary>
    private void Count(List<Node> nodes)
    {
        long files = 0, others = 0, bytes = 0;
        foreach (Node node in nodes)
        {
            if (node.Type == NodeType.Dir)
            {
                continue;
            }

            if (Target?.Find(node.Name) is { IsTarget: true } named)
            {
                named.Tally.Add(node);
            }
            else if (node.Type == NodeType.File)
            {
                files++;
                bytes += (long)node.Size;
            }
            else
            {
                others++;
            }
        }

        Tally?.AddFolder();
        Tally?.Add(files, others, bytes);
    }

    /// <summary>Whether all entries are the very nodes of the tree before: then it need not even be encoded.</summary>
    private bool IsAsBefore(List<Node> nodes)
    {
        if (PreviousTree is null || nodes.Count != _previousNodes.Count)
        {
            return false;
        }

        for (int i = 0; i < nodes.Count; i++)
        {
            if (!ReferenceEquals(nodes[i], _previousNodes[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the parent may keep its old node for this directory, so that it, too, can be found unchanged.</summary>
    private bool Unchanged(Node node) =>
        _previous is not null
        && _previous.Subtree == node.Subtree
        && _previous.Mode == node.Mode && _previous.ModifyTime == node.ModifyTime && _previous.AccessTime == node.AccessTime
        && _previous.ChangeTime == node.ChangeTime && _previous.UserId == node.UserId && _previous.GroupId == node.GroupId
        && _previous.User == node.User && _previous.Group == node.Group && _previous.Inode == node.Inode
        && _previous.DeviceId == node.DeviceId && _previous.Error.Length == 0;

    private void Report(Node node, BackupProgress progress)
    {
        ItemChange change = _previous is null ? ItemChange.New : Unchanged(node) ? ItemChange.Unmodified : ItemChange.Changed;
        progress.AddDirectory(change);
        progress.Done(this, [], isDirectory: true, change, 0);
    }
}
