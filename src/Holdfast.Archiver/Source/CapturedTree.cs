using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>The part of a snapshot that sources make: in memory, some 200 bytes a file, until all is captured. Thread-safe but for <see cref="StoreAsync"/>.</summary>
internal sealed class CapturedTree(ArchiveRun run)
{
    /// <summary>The folder for what is not at a path of its own.</summary>
    internal const string Own = ".holdfast";

    private readonly Lock _lock = new();
    private readonly Folder _root = new();

    /// <summary>A file's node, without content.</summary>
    internal Node NewFile(string path, long length, bool isExecutable) =>
        Build(Names(path)[^1], IsOwn(path), FileKind.Regular, isExecutable) with { Size = (ulong)length };

    internal void AddLink(string path, byte[] target) => Add(path, Build(Names(path)[^1], IsOwn(path), FileKind.SymbolicLink) with { LinkTarget = target });

    /// <summary>A folder that is there whether or not anything will be in it.</summary>
    internal void AddFolder(string path)
    {
        lock (_lock)
        {
            Folder folder = _root;
            foreach (byte[] name in Names(path))
            {
                folder = folder.Below(name, path);
            }
        }
    }

    internal void Add(string path, Node file)
    {
        byte[][] names = Names(path);
        lock (_lock)
        {
            Folder folder = _root;
            foreach (byte[] name in names[..^1])
            {
                folder = folder.Below(name, path);
            }

            if (folder.Folders.ContainsKey(names[^1]) || !folder.Files.TryAdd(names[^1], file))
            {
                throw new BackupException(BackupErrorKind.Refused, $"two sources make {path}, and a snapshot has room for one: give each a name of its own, or leave one of them out");
            }
        }
    }

    /// <summary>Stores the folders, from the bottom up, and returns the nodes for the root of the snapshot.</summary>
    /// <param name="previous">The root's nodes in the parent snapshot; null where these cannot be read, so that all below is in doubt.</param>
    internal Task<List<Node>> StoreAsync(IReadOnlyList<Node>? previous, Worker worker) => StoreAsync(_root, string.Empty, previous, worker);

    private async Task<List<Node>> StoreAsync(Folder folder, string path, IReadOnlyList<Node>? previous, Worker worker)
    {
        var before = new Dictionary<string, Node>();
        foreach (Node node in previous ?? [])
        {
            before.TryAdd(node.NameText, node);
        }

        var nodes = new SortedDictionary<byte[], Node>(ByteOrder.Instance);
        foreach (Node file in folder.Files.Values)
        {
            Node? old = before.GetValueOrDefault(file.NameText);
            bool same = old is { Content: not null } or { Type: NodeType.Symlink } && IsSame(old, file)
                && old.Content.AsSpan().SequenceEqual(file.Content) && old.LinkTarget.AsSpan().SequenceEqual(file.LinkTarget);
            nodes.Add(file.Name, Report($"{path}/{file.NameText}", same ? old! : file, old, isDirectory: false));
        }

        foreach ((byte[] name, Folder below) in folder.Folders)
        {
            string here = $"{path}/{PathText.Decode(name)}";
            Node? old = before.GetValueOrDefault(PathText.Decode(name));
            IReadOnlyList<Node>? oldBelow = previous is null ? null : await run.TryLoadPreviousAsync(old?.Subtree, () => here).ConfigureAwait(false);
            List<Node> entries = await StoreAsync(below, here, oldBelow, worker).ConfigureAwait(false);
            Node node = Build(name, IsOwn(here), FileKind.Directory) with { Subtree = await worker.SaveTreeAsync(entries, doubtful: oldBelow is null).ConfigureAwait(false) };
            nodes.Add(name, Report(here, old is not null && IsSame(old, node) ? old : node, old, isDirectory: true));
        }

        return [.. nodes.Values];
    }

    /// <summary>Whether nothing but the time is new: then the old node stays, and the tree it is in may, too.</summary>
    private static bool IsSame(Node old, Node now) =>
        old.Type == now.Type && old.Size == now.Size && old.Subtree == now.Subtree && old.Mode == now.Mode && old.Error.Length == 0
        && old.UserId == now.UserId && old.GroupId == now.GroupId && old.User == now.User && old.Group == now.Group;

    private Node Report(string path, Node node, Node? old, bool isDirectory)
    {
        ItemChange change = old is null ? ItemChange.New : ReferenceEquals(old, node) ? ItemChange.Unmodified : ItemChange.Changed;
        if (isDirectory)
        {
            run.Progress.AddDirectory(change);
        }
        else
        {
            run.Progress.AddFile(change);
        }

        run.Progress.Done(path, isDirectory, change, node.Size);
        return node;
    }

    /// <summary>What lies in the folder of our own is for root only, whatever it came from.</summary>
    private Node Build(byte[] name, bool own, FileKind kind, bool isExecutable = false)
    {
        FileTime time = FileTime.FromDateTimeOffset(run.Options.Label.Time);
        bool entered = kind == FileKind.Directory || isExecutable;
        string permissions = kind == FileKind.SymbolicLink ? "777" : (own, entered) switch { (true, true) => "700", (true, false) => "600", (false, true) => "755", _ => "644" };
        return run.Nodes.Build(name, new FileStatus
        {
            Kind = kind, Permissions = Convert.ToUInt32(permissions, 8),
            UserId = Machine.UserId, GroupId = Machine.GroupId, Inode = 0, Links = 1, Size = 0,
            Blocks = 0, DeviceId = 0, Device = 0, ModifyTime = time, ChangeTime = time, AccessTime = time,
        });
    }

    internal static bool IsOwn(string path) => path == "/" + Own || path.StartsWith($"/{Own}/", StringComparison.Ordinal);

    private static byte[][] Names(string path) => [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(n => PathText.Encode(n))];

    private sealed class Folder
    {
        internal SortedDictionary<byte[], Node> Files { get; } = new(ByteOrder.Instance);

        internal SortedDictionary<byte[], Folder> Folders { get; } = new(ByteOrder.Instance);

        internal Folder Below(byte[] name, string path)
        {
            if (Files.ContainsKey(name))
            {
                throw new BackupException(BackupErrorKind.Refused, $"a source makes a file where {path} needs a folder: give each a name of its own, or leave one of them out");
            }

            if (!Folders.TryGetValue(name, out Folder? folder))
            {
                Folders.Add(name, folder = new());
            }

            return folder;
        }
    }
}
