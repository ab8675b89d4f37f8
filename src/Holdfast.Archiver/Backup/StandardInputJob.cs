using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>Stores a stream as one file, in folders made for it.</summary>
internal sealed class StandardInputJob(StandardInput input) : Job
{
    private const uint FilePermissions = 0x1A4; // 0644
    private const uint FolderPermissions = 0x1ED; // 0755

    internal override async ValueTask RunAsync(Worker worker)
    {
        FileTime now = FileTime.FromDateTimeOffset(worker.Run.Options.Label.Time);
        string[] names = input.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        FileStatus status = MadeUp(FileKind.Directory, FolderPermissions, now);

        PendingTree tree = NewTree(null, [], status);
        foreach (string folder in names[..^1])
        {
            tree = NewTree(tree, PathText.Encode(folder), status);
        }

        byte[] name = PathText.Encode(names[^1]);
        var file = new PendingFile(tree, 0);
        long length = await worker.Content.ReadAsync(input.Stream, long.MaxValue, file).ConfigureAwait(false);
        Node node = worker.Run.Nodes.Build(name, MadeUp(FileKind.Regular, FilePermissions, now)) with { Size = (ulong)length };
        worker.Run.Progress.AddFile(ItemChange.New);
        worker.Run.Progress.Done(tree, name, isDirectory: false, ItemChange.New, node.Size);
        await file.EndAsync(node, worker).ConfigureAwait(false);
        for (PendingTree? open = tree; open is not null; open = open.Parent)
        {
            await open.ArrivedAsync(worker).ConfigureAwait(false);
            open.ReleaseDirectory();
        }
    }

    private static PendingTree NewTree(PendingTree? parent, byte[] name, in FileStatus status)
    {
        var tree = new PendingTree(parent, 0, name, DirectoryHandle.Open("/"), status, [], null, []);
        tree.Expect(1);
        return tree;
    }

    private static FileStatus MadeUp(FileKind kind, uint permissions, FileTime now) => new()
    {
        Kind = kind, Permissions = permissions, UserId = Machine.UserId, GroupId = Machine.GroupId, Inode = 0, Links = 1, Size = 0,
        Blocks = 0, DeviceId = 0, Device = 0, ModifyTime = now, ChangeTime = now, AccessTime = now,
    };
}
