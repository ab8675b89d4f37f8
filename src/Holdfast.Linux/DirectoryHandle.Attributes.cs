using System.Buffers.Text;
using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <content>
/// Extended attributes. There is no "at" form of these calls before Linux 6.13, so an entry is named through
/// <c>/proc/self/fd</c>, which keeps long paths and swapped parents out of the question; without /proc, by its path.
/// </content>
public sealed unsafe partial class DirectoryHandle
{
    /// <summary>The kernel's limit for a list of names and for one value (XATTR_LIST_MAX, XATTR_SIZE_MAX), in bytes.</summary>
    private const int MaxAttributeBytes = 64 * 1024;

    private static readonly bool ProcIsMounted = System.IO.Directory.Exists("/proc/self/fd");

    /// <summary>All extended attributes of an entry, links not followed, in byte order of names; empty where the file system has none.</summary>
    /// <exception cref="LinuxException"/>
    public ExtendedAttribute[] ReadAttributes(ReadOnlySpan<byte> name)
    {
        Span<byte> path = stackalloc byte[CPath.MaxLength];
        EntryPath(name, path);
        Span<byte> list = stackalloc byte[1024];
        fixed (byte* p = path)
        {
            nint length;
            fixed (byte* l = list)
            {
                length = Native.LListXAttr(p, l, list.Length);
            }

            if (length < 0 && Marshal.GetLastPInvokeError() == (int)Errno.Range)
            {
                list = new byte[MaxAttributeBytes];
                fixed (byte* l = list)
                {
                    length = Native.LListXAttr(p, l, list.Length);
                }
            }

            if (length < 0)
            {
                return HasNoAttributes() ? [] : throw Failure("list the extended attributes of", name);
            }

            return length == 0 ? [] : ReadValues(p, list[..(int)length], name);
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
            if (Native.LRemoveXAttr(p, n) != 0 && !HasNoAttributes())
            {
                throw Failure($"remove the extended attribute {PathText.Printable(PathText.Decode(attribute))} of", name);
            }
        }
    }

    private static bool HasNoAttributes() =>
        (Errno)Marshal.GetLastPInvokeError() is Errno.NotSupported or Errno.NoData;

    private ExtendedAttribute[] ReadValues(byte* path, Span<byte> list, ReadOnlySpan<byte> name)
    {
        var attributes = new List<ExtendedAttribute>();
        while (!list.IsEmpty)
        {
            int end = list.IndexOf((byte)0);
            byte[] attributeName = list[..end].ToArray();
            fixed (byte* n = list)
            {
                if (ReadValue(path, n, name) is { } value)
                {
                    attributes.Add(new(attributeName, value));
                }
            }

            list = list[(end + 1)..];
        }

        attributes.Sort(static (left, right) => left.Name.AsSpan().SequenceCompareTo(right.Name));
        return [.. attributes];
    }

    /// <summary>One value, or null where the attribute vanished between listing and reading.</summary>
    private byte[]? ReadValue(byte* path, byte* attribute, ReadOnlySpan<byte> name)
    {
        Span<byte> small = stackalloc byte[512];
        fixed (byte* v = small)
        {
            nint length = Native.LGetXAttr(path, attribute, v, small.Length);
            if (length >= 0)
            {
                return small[..(int)length].ToArray();
            }
        }

        if (Marshal.GetLastPInvokeError() == (int)Errno.Range)
        {
            var large = new byte[MaxAttributeBytes];
            fixed (byte* v = large)
            {
                nint length = Native.LGetXAttr(path, attribute, v, large.Length);
                if (length >= 0)
                {
                    return large[..(int)length];
                }
            }
        }

        return HasNoAttributes() ? null : throw Failure("read an extended attribute of", name);
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
