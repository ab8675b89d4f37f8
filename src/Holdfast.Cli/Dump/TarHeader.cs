using System.Buffers;
using System.Globalization;
using System.Text;
using Holdfast.Linux;

namespace Holdfast.Cli.Dump;

/// <summary>
/// One header of a tar archive: POSIX.1-2017, pax, "ustar Interchange Format". What does not fit into its fields goes into
/// pax records before it. Names and values are bytes and stay so, which the runtime's own writer does not allow.
/// </summary>
internal sealed class TarHeader
{
    internal const int BlockLength = 512;

    private const int NameLength = 100;
    private const int OwnerNameLength = 32;
    private const long MaxSevenDigits = 0x1F_FFFF;
    private const long MaxElevenDigits = 0x1_FFFF_FFFF;

    private readonly ArrayBufferWriter<byte> _records = new();

    internal required byte[] Name { get; init; }

    /// <summary><c>0</c> file, <c>1</c> hard link, <c>2</c> symbolic link, <c>3</c> character device, <c>4</c> block device, <c>5</c> folder, <c>6</c> FIFO.</summary>
    internal required char Type { get; init; }

    internal uint Permissions { get; init; }

    internal uint UserId { get; init; }

    internal uint GroupId { get; init; }

    internal string User { get; init; } = string.Empty;

    internal string Group { get; init; } = string.Empty;

    internal ulong Size { get; init; }

    internal FileTime ModifyTime { get; init; }

    internal byte[] LinkTarget { get; init; } = [];

    internal uint Major { get; init; }

    internal uint Minor { get; init; }

    /// <summary>Adds a pax record.</summary>
    internal void AddRecord(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        // The length counts its own digits.
        int rest = key.Length + value.Length + 3;
        int length = rest + 1;
        while (rest + length.ToString(CultureInfo.InvariantCulture).Length != length)
        {
            length++;
        }

        _records.Write(Encoding.ASCII.GetBytes($"{length} "));
        _records.Write(key);
        _records.Write("="u8);
        _records.Write(value);
        _records.Write("\n"u8);
    }

    /// <summary>The header, behind the pax header where one is needed.</summary>
    internal byte[] Encode()
    {
        AddWhatDoesNotFit();
        var result = new MemoryStream();
        if (_records.WrittenCount > 0)
        {
            byte[] name = [.. "PaxHeaders/"u8, .. Name.AsSpan(Math.Max(0, Name.Length - 80)).ToArray().Where(b => b is > 32 and < 127)];
            result.Write(Block(name, 'x', 0x1A4, 0, 0, (ulong)_records.WrittenCount, default, [], string.Empty, string.Empty, 0, 0));
            result.Write(_records.WrittenSpan);
            result.Write(new byte[Padding((ulong)_records.WrittenCount)]);
        }

        result.Write(Block(Name, Type, Permissions, UserId, GroupId, Size, ModifyTime, LinkTarget, User, Group, Major, Minor));
        return result.ToArray();
    }

    /// <summary>How many zeros fill the last block behind content of this length.</summary>
    internal static int Padding(ulong length) => (int)((BlockLength - (length % BlockLength)) % BlockLength);

    private void AddWhatDoesNotFit()
    {
        if (Name.Length > NameLength || !Ascii.IsValid(Name))
        {
            AddRecord("path"u8, Name);
        }

        if (LinkTarget.Length > NameLength || !Ascii.IsValid(LinkTarget))
        {
            AddRecord("linkpath"u8, LinkTarget);
        }

        if (Size > MaxElevenDigits)
        {
            AddRecord("size"u8, Number((long)Size));
        }

        if (UserId > MaxSevenDigits)
        {
            AddRecord("uid"u8, Number(UserId));
        }

        if (GroupId > MaxSevenDigits)
        {
            AddRecord("gid"u8, Number(GroupId));
        }

        if (User.Length >= OwnerNameLength || !Ascii.IsValid(User))
        {
            AddRecord("uname"u8, PathText.Encode(User));
        }

        if (Group.Length >= OwnerNameLength || !Ascii.IsValid(Group))
        {
            AddRecord("gname"u8, PathText.Encode(Group));
        }

        if (ModifyTime.Nanoseconds != 0 || ModifyTime.Seconds is < 0 or > MaxElevenDigits)
        {
            AddRecord("mtime"u8, Encoding.ASCII.GetBytes(Text(ModifyTime)));
        }
    }

    private static byte[] Number(long value) => Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Seconds and their decimals; the kernel counts nanoseconds forward from the second, before 1970 too.</summary>
    private static string Text(FileTime time)
    {
        if (time.Nanoseconds == 0)
        {
            return time.Seconds.ToString(CultureInfo.InvariantCulture);
        }

        return time.Seconds >= 0
            ? $"{time.Seconds}.{time.Nanoseconds:000000000}"
            : $"-{-(time.Seconds + 1)}.{FileTime.NanosecondsPerSecond - time.Nanoseconds:000000000}";
    }

    private static byte[] Block(
        byte[] name, char type, uint permissions, uint user, uint group, ulong size, FileTime time, byte[] link,
        string userName, string groupName, uint major, uint minor)
    {
        var block = new byte[BlockLength];
        name.AsSpan(0, Math.Min(name.Length, NameLength)).CopyTo(block);
        Octal(block.AsSpan(100, 8), permissions);
        Octal(block.AsSpan(108, 8), user <= MaxSevenDigits ? user : 0);
        Octal(block.AsSpan(116, 8), group <= MaxSevenDigits ? group : 0);
        Octal(block.AsSpan(124, 12), size <= MaxElevenDigits ? (long)size : 0);
        Octal(block.AsSpan(136, 12), Math.Clamp(time.Seconds, 0, MaxElevenDigits));
        block.AsSpan(148, 8).Fill((byte)' ');
        block[156] = (byte)type;
        link.AsSpan(0, Math.Min(link.Length, NameLength)).CopyTo(block.AsSpan(157));
        "ustar\0"u8.CopyTo(block.AsSpan(257));
        "00"u8.CopyTo(block.AsSpan(263));
        Owner(block.AsSpan(265, OwnerNameLength), userName);
        Owner(block.AsSpan(297, OwnerNameLength), groupName);
        Octal(block.AsSpan(329, 8), Math.Min(major, MaxSevenDigits));
        Octal(block.AsSpan(337, 8), Math.Min(minor, MaxSevenDigits));
        Octal(block.AsSpan(148, 7), block.Sum(b => (long)b));
        return block;
    }

    private static void Owner(Span<byte> field, string name)
    {
        if (name.Length < OwnerNameLength && Ascii.IsValid(name))
        {
            Encoding.ASCII.GetBytes(name, field);
        }
    }

    /// <summary>Octal digits with zeros before them and a NUL behind.</summary>
    private static void Octal(Span<byte> field, long value)
    {
        field[^1] = 0;
        for (int i = field.Length - 2; i >= 0; i--)
        {
            field[i] = (byte)('0' + (value & 7));
            value >>= 3;
        }
    }
}
