using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <summary>Reads extended attributes: those of an open file, or those of what a path names, links not followed.</summary>
internal readonly unsafe ref struct AttributeReader
{
    /// <summary>The kernel's limit for a list of names and for one value (XATTR_LIST_MAX, XATTR_SIZE_MAX), in bytes.</summary>
    private const int MaxBytes = 64 * 1024;

    private readonly int _descriptor;

    /// <summary>Null for the open file.</summary>
    private readonly byte* _path;

    internal AttributeReader(int descriptor) => _descriptor = descriptor;

    /// <param name="path">Ends with a zero; stays where it is while this is in use.</param>
    internal AttributeReader(byte* path) => _path = path;

    /// <summary>Whether the last call failed because there is no such attribute, or the file system has none at all.</summary>
    internal static bool HasNone() => (Errno)Marshal.GetLastPInvokeError() is Errno.NotSupported or Errno.NoData;

    /// <summary>All attributes, in byte order of names; empty where the file system has none; null where the call failed, with the reason in the last error.</summary>
    internal ExtendedAttribute[]? TryRead()
    {
        Span<byte> list = stackalloc byte[1024];
        nint length = List(list);
        if (length < 0 && Marshal.GetLastPInvokeError() == (int)Errno.Range)
        {
            list = new byte[MaxBytes];
            length = List(list);
        }

        return length > 0 ? TryReadValues(list[..(int)length])
            : length == 0 || HasNone() ? []
            : null;
    }

    private ExtendedAttribute[]? TryReadValues(ReadOnlySpan<byte> names)
    {
        var attributes = new List<ExtendedAttribute>();
        while (!names.IsEmpty)
        {
            int end = names.IndexOf((byte)0);
            fixed (byte* name = names)
            {
                if (TryReadValue(name) is { } value)
                {
                    attributes.Add(new(names[..end].ToArray(), value));
                }
                else if (!HasNone()) // it may have vanished since it was listed
                {
                    return null;
                }
            }

            names = names[(end + 1)..];
        }

        attributes.Sort(static (left, right) => left.Name.AsSpan().SequenceCompareTo(right.Name));
        return [.. attributes];
    }

    private byte[]? TryReadValue(byte* name)
    {
        Span<byte> value = stackalloc byte[512];
        nint length = Get(name, value);
        if (length < 0 && Marshal.GetLastPInvokeError() == (int)Errno.Range)
        {
            value = new byte[MaxBytes];
            length = Get(name, value);
        }

        return length < 0 ? null : value[..(int)length].ToArray();
    }

    private nint List(Span<byte> list)
    {
        fixed (byte* l = list)
        {
            return _path is null ? Native.FListXAttr(_descriptor, l, list.Length) : Native.LListXAttr(_path, l, list.Length);
        }
    }

    private nint Get(byte* name, Span<byte> value)
    {
        fixed (byte* v = value)
        {
            return _path is null ? Native.FGetXAttr(_descriptor, name, v, value.Length) : Native.LGetXAttr(_path, name, v, value.Length);
        }
    }
}
