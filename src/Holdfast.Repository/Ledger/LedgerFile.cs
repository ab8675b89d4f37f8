using System.Buffers.Binary;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>The encoded form of a ledger: docs/format.md, "holdfast/ledger".</summary>
internal static class LedgerFile
{
    private const int EntrySize = Hash256.Size + sizeof(uint);

    /// <summary>The first byte is one that restic's rule for unpacked data lets stand uncompressed.</summary>
    private static ReadOnlySpan<byte> Magic => "[ledger1"u8;

    /// <summary>Encodes entries, by pack; 36 bytes each.</summary>
    internal static byte[] Write(IReadOnlyDictionary<PackId, DateTimeOffset> entries)
    {
        var plain = new byte[Magic.Length + (entries.Count * EntrySize)];
        Magic.CopyTo(plain);
        Span<byte> at = plain.AsSpan(Magic.Length);
        foreach ((PackId pack, DateTimeOffset read) in entries.OrderBy(e => e.Key.Hash))
        {
            pack.Hash.Span.CopyTo(at);
            BinaryPrimitives.WriteUInt32LittleEndian(at[Hash256.Size..], (uint)Math.Clamp(read.ToUnixTimeSeconds(), 0, uint.MaxValue));
            at = at[EntrySize..];
        }

        return plain;
    }

    /// <exception cref="BackupException">Kind Corrupt.</exception>
    internal static void Read(ReadOnlySpan<byte> plain, string name, Action<PackId, DateTimeOffset> add)
    {
        if (!plain.StartsWith(Magic) || (plain.Length - Magic.Length) % EntrySize != 0)
        {
            throw BackupException.Corrupt($"{name} is in a form that this version does not know");
        }

        for (ReadOnlySpan<byte> at = plain[Magic.Length..]; !at.IsEmpty; at = at[EntrySize..])
        {
            uint seconds = BinaryPrimitives.ReadUInt32LittleEndian(at[Hash256.Size..]);
            add(new(new Hash256(at[..Hash256.Size])), DateTimeOffset.FromUnixTimeSeconds(seconds));
        }
    }
}
