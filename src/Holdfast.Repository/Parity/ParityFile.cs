using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Holdfast.Repository;

/// <summary>
/// The parity of one pack as it is stored: docs/format.md, "holdfast/parity". The head with the checksums stands at both
/// ends, so that a damage of one leaves the other.
/// </summary>
internal sealed class ParityFile
{
    private const int FixedLength = 64;
    private const int IdOffset = 32;
    private const int ChecksumLength = sizeof(uint);
    private const uint Version = 1;

    private readonly ReadOnlyMemory<byte> _head;
    private readonly ReadOnlyMemory<byte> _parity;

    private ParityFile(ParityLayout layout, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> parity, bool bothHeadsAreGood)
    {
        Layout = layout;
        _head = head;
        _parity = parity;
        IsWhole = bothHeadsAreGood && Enumerable.Range(0, layout.ParitySectors).All(i => !TryParity(i).IsEmpty);
    }

    internal ParityLayout Layout { get; }

    /// <summary>Whether nothing of it is damaged.</summary>
    internal bool IsWhole { get; }

    private static ReadOnlySpan<byte> Magic => "hfparity"u8;

    internal static int HeadLength(ParityLayout layout) => FixedLength + ((layout.Sectors + layout.ParitySectors + 1) * ChecksumLength);

    internal static long Length(ParityLayout layout) => (2L * HeadLength(layout)) + ((long)layout.ParitySectors * ParityLayout.Sector) + sizeof(uint);

    /// <summary>Where the parity sectors lie in a file of this layout.</summary>
    internal static Range ParityRange(ParityLayout layout) =>
        HeadLength(layout)..(HeadLength(layout) + (layout.ParitySectors * ParityLayout.Sector));

    /// <summary>The checksum of a sector, shorter at the end of the pack, where zeros take the place of what is missing.</summary>
    internal static uint Checksum(scoped ReadOnlySpan<byte> sector)
    {
        uint crc = uint.MaxValue;
        Span<byte> last = stackalloc byte[ParityLayout.Sector];
        if (sector.Length < ParityLayout.Sector)
        {
            last.Clear();
            sector.CopyTo(last);
            sector = last;
        }

        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(sector))
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        return ~crc;
    }

    /// <summary>Writes both heads, and what says where the second begins, around the parity that <paramref name="file"/> has in it already.</summary>
    internal static void WriteHeads(PackId pack, ReadOnlySpan<byte> content, ParityLayout layout, Span<byte> file)
    {
        int length = HeadLength(layout);
        Span<byte> head = file[..length];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(head[12..], ParityLayout.Sector);
        BinaryPrimitives.WriteUInt64LittleEndian(head[16..], (ulong)layout.PackLength);
        BinaryPrimitives.WriteUInt32LittleEndian(head[24..], (uint)layout.Stripes);
        BinaryPrimitives.WriteUInt32LittleEndian(head[28..], (uint)layout.ParityRows);
        pack.Hash.Span.CopyTo(head[IdOffset..]);
        Span<byte> at = head[FixedLength..];
        for (int i = 0; i < layout.Sectors; i++, at = at[ChecksumLength..])
        {
            int from = i * ParityLayout.Sector;
            BinaryPrimitives.WriteUInt32LittleEndian(at, Checksum(content[from..Math.Min(content.Length, from + ParityLayout.Sector)]));
        }

        ReadOnlySpan<byte> parity = file[ParityRange(layout)];
        for (int i = 0; i < layout.ParitySectors; i++, at = at[ChecksumLength..])
        {
            BinaryPrimitives.WriteUInt32LittleEndian(at, Checksum(parity.Slice(i * ParityLayout.Sector, ParityLayout.Sector)));
        }

        BinaryPrimitives.WriteUInt32LittleEndian(at, HeadChecksum(head));
        head.CopyTo(file[^(length + sizeof(uint))..]);
        BinaryPrimitives.WriteUInt32LittleEndian(file[^sizeof(uint)..], (uint)length);
    }

    /// <summary>Reads the parity of a pack from what is left of its file; null where neither head is good.</summary>
    internal static ParityFile? TryRead(PackId pack, ReadOnlyMemory<byte> file)
    {
        ReadOnlyMemory<byte> second = file.Length >= sizeof(uint)
            && BinaryPrimitives.ReadUInt32LittleEndian(file.Span[^sizeof(uint)..]) is var length && length <= file.Length - sizeof(uint)
            ? file.Slice(file.Length - sizeof(uint) - (int)length, (int)length)
            : default;
        bool isFirst = TryReadHead(pack, file.Span, out ParityLayout layout);
        bool isSecond = TryReadHead(pack, second.Span, out ParityLayout other);
        if (!isFirst && !isSecond)
        {
            return null;
        }

        layout = isFirst ? layout : other;
        (int from, int count) = ParityRange(layout).GetOffsetAndLength(int.MaxValue);
        ReadOnlyMemory<byte> parity = file[Math.Min(from, file.Length)..];
        bool isWhole = isFirst && isSecond && layout == other && file.Length == Length(layout);
        return new(layout, (isFirst ? file : second)[..HeadLength(layout)], parity[..Math.Min(count, parity.Length)], isWhole);
    }

    /// <summary>Whether a sector of the pack is as it was.</summary>
    internal bool IsGood(int sector, ReadOnlySpan<byte> content) => Checksum(content) == ChecksumAt(sector);

    /// <summary>A parity sector of a stripe; empty where it is damaged or missing.</summary>
    internal ReadOnlySpan<byte> TryParity(int stripe, int row) => TryParity((row * Layout.Stripes) + stripe);

    private ReadOnlySpan<byte> TryParity(int number)
    {
        long from = (long)number * ParityLayout.Sector;
        if (from + ParityLayout.Sector > _parity.Length)
        {
            return [];
        }

        ReadOnlySpan<byte> sector = _parity.Span.Slice((int)from, ParityLayout.Sector);
        return Checksum(sector) == ChecksumAt(Layout.Sectors + number) ? sector : [];
    }

    private uint ChecksumAt(int number) => BinaryPrimitives.ReadUInt32LittleEndian(_head.Span[(FixedLength + (number * ChecksumLength))..]);

    private static bool TryReadHead(PackId pack, ReadOnlySpan<byte> head, out ParityLayout layout)
    {
        layout = default;
        if (head.Length < FixedLength || !head.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) != Version
            || BinaryPrimitives.ReadUInt32LittleEndian(head[12..]) != ParityLayout.Sector || !head.Slice(IdOffset, Hash256.Size).SequenceEqual(pack.Hash.Span))
        {
            return false;
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(head[16..]);
        uint stripes = BinaryPrimitives.ReadUInt32LittleEndian(head[24..]), rows = BinaryPrimitives.ReadUInt32LittleEndian(head[28..]);
        if (length > ParityLayout.LargestPack || stripes > int.MaxValue || rows > int.MaxValue)
        {
            return false;
        }

        layout = new((long)length, (int)stripes, (int)rows);
        return layout.IsValid && head.Length >= HeadLength(layout)
            && HeadChecksum(head[..HeadLength(layout)]) == BinaryPrimitives.ReadUInt32LittleEndian(head[(HeadLength(layout) - ChecksumLength)..]);
    }

    /// <summary>Of all but the checksum itself.</summary>
    private static uint HeadChecksum(ReadOnlySpan<byte> head)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in head[..^ChecksumLength])
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
