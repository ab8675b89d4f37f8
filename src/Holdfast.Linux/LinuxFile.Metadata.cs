using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <content>Owner, times and extended attributes, set through the open descriptor.</content>
public sealed unsafe partial class LinuxFile
{
    /// <summary>Sets owner and group; <see cref="DirectoryHandle.KeepOwner"/> leaves one as it is. The kernel clears setuid and capabilities.</summary>
    /// <exception cref="LinuxException"/>
    public void ChangeOwner(uint user, uint group)
    {
        if (Native.FChOwn(Descriptor, user, group) != 0)
        {
            throw LinuxException.FromLastError("change the owner of", Path);
        }
    }

    /// <summary>Sets access and modification time.</summary>
    /// <exception cref="LinuxException"/>
    public void SetTimes(FileTime access, FileTime modify)
    {
        Native.TimeSpec* times = stackalloc Native.TimeSpec[2];
        times[0] = new() { Seconds = access.Seconds, Nanoseconds = access.Nanoseconds };
        times[1] = new() { Seconds = modify.Seconds, Nanoseconds = modify.Nanoseconds };
        if (Native.FUTimeNs(Descriptor, times) != 0)
        {
            throw LinuxException.FromLastError("set the times of", Path);
        }
    }

    /// <summary>All extended attributes, in byte order of names; empty where the file system has none.</summary>
    /// <exception cref="LinuxException"/>
    public ExtendedAttribute[] ReadAttributes() =>
        new AttributeReader(Descriptor).TryRead() ?? throw LinuxException.FromLastError("read the extended attributes of", Path);

    /// <exception cref="LinuxException"/>
    public void SetAttribute(ExtendedAttribute attribute)
    {
        Span<byte> name = stackalloc byte[CPath.MaxLength];
        CPath.Terminate(attribute.Name, name, "set the extended attribute");
        fixed (byte* n = name, v = attribute.Value)
        {
            if (Native.FSetXAttr(Descriptor, n, v, attribute.Value.Length, 0) != 0)
            {
                string action = $"set the extended attribute {PathText.Printable(PathText.Decode(attribute.Name))} of";
                throw LinuxException.FromLastError(action, Path);
            }
        }
    }

    /// <exception cref="LinuxException"/>
    public void RemoveAttribute(ReadOnlySpan<byte> attribute)
    {
        Span<byte> name = stackalloc byte[CPath.MaxLength];
        CPath.Terminate(attribute, name, "remove the extended attribute");
        fixed (byte* n = name)
        {
            if (Native.FRemoveXAttr(Descriptor, n) != 0 && (Errno)Marshal.GetLastPInvokeError() != Errno.NoData)
            {
                string action = $"remove the extended attribute {PathText.Printable(PathText.Decode(attribute))} of";
                throw LinuxException.FromLastError(action, Path);
            }
        }
    }
}
