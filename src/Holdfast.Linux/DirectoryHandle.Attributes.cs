using System.Buffers.Text;
using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <content>
/// Extended attributes. There is no "at" form of these calls before Linux 6.13, so an entry is named through
/// <c>/proc/self/fd</c>, which keeps long paths and swapped parents out of the question; without /proc, by its path.
/// </content>
public sealed unsafe partial class DirectoryHandle
{
    private static readonly bool ProcIsMounted = System.IO.Directory.Exists("/proc/self/fd");

    /// <summary>All extended attributes of an entry, links not followed, in byte order of names; empty where the file system has none.</summary>
    /// <exception cref="LinuxException"/>
    public ExtendedAttribute[] ReadAttributes(ReadOnlySpan<byte> name)
    {
        Span<byte> path = stackalloc byte[CPath.MaxLength];
        EntryPath(name, path);
        fixed (byte* p = path)
        {
            return new AttributeReader(p).TryRead() ?? throw Failure("read the extended attributes of", name);
        }
    }

    /// <summary>Sets one extended attribute, links not followed.</summary>
    /// <exception cref="LinuxException"/>
    public void SetAttribute(ReadOnlySpan<byte> name, ExtendedAttribute attribute)
    {
        Span<byte> path = stackalloc byte[CPath.MaxLength];
        EntryPath(name, path);
        Span<byte> attributeName = stackalloc byte[CPath.MaxLength];
        CPath.Terminate(attribute.Name, attributeName, "set the extended attribute");
        fixed (byte* p = path, n = attributeName, v = attribute.Value)
        {
            if (Native.LSetXAttr(p, n, v, attribute.Value.Length, 0) != 0)
            {
                throw Failure($"set the extended attribute {PathText.Printable(PathText.Decode(attribute.Name))} of", name);
            }
        }
    }

    /// <summary>Removes one extended attribute, links not followed.</summary>
    /// <exception cref="LinuxException"/>
    public void RemoveAttribute(ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute)
    {
        Span<byte> path = stackalloc byte[CPath.MaxLength];
        EntryPath(name, path);
        Span<byte> attributeName = stackalloc byte[CPath.MaxLength];
        CPath.Terminate(attribute, attributeName, "remove the extended attribute");
        fixed (byte* p = path, n = attributeName)
        {
            if (Native.LRemoveXAttr(p, n) != 0 && !AttributeReader.HasNone())
            {
                throw Failure($"remove the extended attribute {PathText.Printable(PathText.Decode(attribute))} of", name);
            }
        }
    }

    private void EntryPath(ReadOnlySpan<byte> name, Span<byte> path)
    {
        if (!ProcIsMounted)
        {
            CPath.Terminate(PathText.Encode(Child(name)), path, "read the extended attributes of");
            return;
        }

        ReadOnlySpan<byte> prefix = "/proc/self/fd/"u8;
        prefix.CopyTo(path);
        Utf8Formatter.TryFormat(Descriptor, path[prefix.Length..], out int digits);
        int length = prefix.Length + digits;
        path[length++] = (byte)'/';
        if (name.Length >= path.Length - length)
        {
            throw new LinuxException("read the extended attributes of", Child(name), Errno.NameTooLong);
        }

        CPath.Terminate(name, path[length..], "read the extended attributes of");
    }
}
