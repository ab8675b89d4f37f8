using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <content>What only a restore needs.</content>
public sealed unsafe partial class DirectoryHandle
{
    /// <summary>Opens a file for writing again without following a link; its content stays.</summary>
    /// <exception cref="LinuxException"/>
    public LinuxFile OpenFileForWriting(ReadOnlySpan<byte> name)
    {
        int descriptor = OpenAt(Descriptor, name, null, Native.ReadWrite | Native.NonBlocking | Native.NoFollow, 0);
        return new LinuxFile(descriptor, Path, name);
    }

    /// <summary>Sets the low twelve mode bits of a special file, failing on a link that has taken its name.</summary>
    /// <exception cref="LinuxException"/>
    public void ChangePermissionsOfSpecial(ReadOnlySpan<byte> name, uint permissions)
    {
        Call("change the permissions of", name, p =>
        {
            int result = Native.FChModAt(Descriptor, p, permissions, Native.AtSymlinkNoFollow);

            // glibc before 2.32 does not know the flag.
            return result != 0 && (Errno)Marshal.GetLastPInvokeError() == Errno.NotSupported && !IsLink(p)
                ? Native.FChModAt(Descriptor, p, permissions, 0)
                : result;
        });
    }

    private bool IsLink(byte* name)
    {
        Native.StatX raw;
        return Native.StatXAt(Descriptor, name, Native.AtSymlinkNoFollow, Native.StatXBasic, &raw) == 0
            && FileStatus.From(raw).Kind == FileKind.SymbolicLink;
    }
}
