using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>Makes links, FIFOs and devices. For the walking thread.</summary>
internal sealed class EntryMaker(DirectoryPool pool, RestoreOptions options, EntryMetadata metadata, EntrySwap swap, RestoreReport report)
{
    private const uint PrivatePermissions = 0x180; // 0600

    /// <summary>Makes the entry in place of what is there; returns whether it is there now.</summary>
    internal bool Make(RestoreDirectory directory, Node node, FileStatus? existing)
    {
        RestoreAction action = existing is null ? RestoreAction.Restored : RestoreAction.Updated;
        bool good = options.DryRun || report.Try(directory, node.Name, () =>
        {
            using DirectoryLease lease = pool.Open(directory);
            if (existing is { } present && IsSameLink(lease.Handle, node, present))
            {
                metadata.ApplyToEntry(lease.Handle, node.Name, node, directory.PathOf(node.Name));
                action = RestoreAction.Unchanged;
            }
            else
            {
                MakeNow(directory, lease.Handle, node, isReplacing: existing is not null);
            }
        });
        if (good)
        {
            report.Done(action, directory, node.Name, 0);
        }

        return good;
    }

    /// <summary>A link that shares its inode with other names is made anew, because those may belong to another file in the snapshot.</summary>
    private static bool IsSameLink(DirectoryHandle handle, Node node, FileStatus existing) =>
        node.Type == NodeType.Symlink && existing.Kind == FileKind.SymbolicLink && existing.Links == 1
        && handle.ReadLink(node.Name).AsSpan().SequenceEqual(node.LinkTarget);

    /// <summary>Where nothing has the name, the entry is made under it at once: unlike a file it cannot be half there.</summary>
    private void MakeNow(RestoreDirectory directory, DirectoryHandle handle, Node node, bool isReplacing)
    {
        byte[] name = isReplacing ? swap.NewName() : node.Name;
        if (node.Type == NodeType.Symlink)
        {
            handle.CreateSymbolicLink(name, node.LinkTarget);
        }
        else
        {
            handle.CreateSpecial(name, Kind(node.Type), PrivatePermissions, node.Type == NodeType.Fifo ? 0 : node.Device);
        }

        try
        {
            metadata.ApplyToEntry(handle, name, node, directory.PathOf(node.Name));
            if (isReplacing)
            {
                swap.Replace(directory, handle, name, node.Name);
            }
        }
        catch (LinuxException) when (isReplacing)
        {
            EntrySwap.RemoveQuietly(handle, name);
            throw;
        }
    }

    private static FileKind Kind(NodeType type) => type switch
    {
        NodeType.Fifo => FileKind.Fifo,
        NodeType.Dev => FileKind.BlockDevice,
        NodeType.CharDev => FileKind.CharacterDevice,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "is no special file"),
    };
}
