using System.Buffers.Binary;
using System.Text;

namespace Holdfast.Cli.Dump;

/// <summary>Access control lists as tar keeps them, from the kernel's form: acl(5), linux/posix_acl_xattr.h.</summary>
internal static class AccessControlText
{
    private const int HeaderLength = 4;
    private const int EntryLength = 8;
    private const uint Version = 2;

    /// <summary>Lines such as <c>user:1000:rw-</c>; null where the value is of another form.</summary>
    internal static byte[]? Of(ReadOnlySpan<byte> value)
    {
        if (value.Length < HeaderLength || (value.Length - HeaderLength) % EntryLength != 0 || BinaryPrimitives.ReadUInt32LittleEndian(value) != Version)
        {
            return null;
        }

        var text = new StringBuilder();
        for (ReadOnlySpan<byte> at = value[HeaderLength..]; !at.IsEmpty; at = at[EntryLength..])
        {
            uint permissions = BinaryPrimitives.ReadUInt16LittleEndian(at[2..]);
            uint id = BinaryPrimitives.ReadUInt32LittleEndian(at[4..]);
            string? who = BinaryPrimitives.ReadUInt16LittleEndian(at) switch
            {
                0x01 => "user:",
                0x02 => $"user:{id}",
                0x04 => "group:",
                0x08 => $"group:{id}",
                0x10 => "mask:",
                0x20 => "other:",
                _ => null,
            };
            if (who is null)
            {
                return null;
            }

            text.Append(who).Append(':')
                .Append((permissions & 4) != 0 ? 'r' : '-').Append((permissions & 2) != 0 ? 'w' : '-').Append((permissions & 1) != 0 ? 'x' : '-')
                .Append('\n');
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
