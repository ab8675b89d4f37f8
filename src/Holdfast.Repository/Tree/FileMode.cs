using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>The mode of a node is in the bits of Go's <c>os.FileMode</c>, not in those of the kernel.</summary>
public static class FileMode
{
    private const uint Dir = 1u << 31;
    private const uint Symlink = 1u << 27;
    private const uint Device = 1u << 26;
    private const uint NamedPipe = 1u << 25;
    private const uint Socket = 1u << 24;
    private const uint SetUid = 1u << 23;
    private const uint SetGid = 1u << 22;
    private const uint CharDevice = 1u << 21;
    private const uint Sticky = 1u << 20;

    private const uint KernelSetUid = 0x800;
    private const uint KernelSetGid = 0x400;
    private const uint KernelSticky = 0x200;

    public static uint FromKernel(FileKind kind, uint permissions) =>
        (permissions & 0x1FF)
        | ((permissions & KernelSetUid) != 0 ? SetUid : 0)
        | ((permissions & KernelSetGid) != 0 ? SetGid : 0)
        | ((permissions & KernelSticky) != 0 ? Sticky : 0)
        | kind switch
        {
            FileKind.Directory => Dir,
            FileKind.SymbolicLink => Symlink,
            FileKind.BlockDevice => Device,
            FileKind.CharacterDevice => Device | CharDevice,
            FileKind.Fifo => NamedPipe,
            FileKind.Socket => Socket,
            _ => 0,
        };

    /// <summary>As Go shows a mode, and restic with it: a letter for every special bit, or <c>-</c>, then <c>rwxr-xr-x</c>.</summary>
    public static string Describe(uint mode)
    {
        const string special = "dalTLDpSugct?";
        const string permissions = "rwxrwxrwx";
        var text = new System.Text.StringBuilder(12);
        for (int i = 0; i < special.Length; i++)
        {
            if ((mode & (Dir >> i)) != 0)
            {
                text.Append(special[i]);
            }
        }

        text.Append(text.Length == 0 ? "-" : string.Empty);
        for (int i = 0; i < permissions.Length; i++)
        {
            text.Append((mode & (0x100u >> i)) != 0 ? permissions[i] : '-');
        }

        return text.ToString();
    }

    /// <summary>The mode with the bit that says what the node is; old snapshots lack it.</summary>
    public static uint WithType(uint mode, NodeType type) => mode | type switch
    {
        NodeType.Dir => Dir,
        NodeType.Symlink => Symlink,
        NodeType.Dev => Device,
        NodeType.CharDev => Device | CharDevice,
        NodeType.Fifo => NamedPipe,
        NodeType.Socket => Socket,
        _ => 0,
    };

    /// <summary>The twelve permission bits of the kernel.</summary>
    public static uint ToKernelPermissions(uint mode) =>
        (mode & 0x1FF)
        | ((mode & SetUid) != 0 ? KernelSetUid : 0)
        | ((mode & SetGid) != 0 ? KernelSetGid : 0)
        | ((mode & Sticky) != 0 ? KernelSticky : 0);
}
