using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>A SHA-256, by which everything in a repository is named. Written as 64 lower-case hexadecimal digits.</summary>
public readonly struct Hash256 : IEquatable<Hash256>, IComparable<Hash256>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 32;

    private readonly Bytes _bytes;

    public Hash256(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        bytes.CopyTo(MemoryMarshal.AsBytes(new Span<Bytes>(ref _bytes)));
    }

    [UnscopedRef]
    public ReadOnlySpan<byte> Span => MemoryMarshal.AsBytes(new ReadOnlySpan<Bytes>(in _bytes));

    /// <summary>The first eight bytes: as good as random, so fit for a hash table.</summary>
    internal ulong Prefix => MemoryMarshal.Read<ulong>(Span);

    public static Hash256 Of(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(data, hash);
        return new(hash);
    }

    /// <summary>The hashes of parts of a buffer, each by itself: several at a time, where the processor can.</summary>
    /// <param name="hashes">As many as there are parts.</param>
    public static void Of(ReadOnlySpan<byte> buffer, ReadOnlySpan<Range> parts, Span<Hash256> hashes) =>
        Sha256Lanes.Hash(buffer, parts, MemoryMarshal.AsBytes(hashes));

    /// <summary>Reads 64 lower- or upper-case hexadecimal digits, as UTF-8.</summary>
    public static bool TryParse(ReadOnlySpan<byte> hex, out Hash256 hash)
    {
        Span<byte> bytes = stackalloc byte[Size];
        bool good = hex.Length == 2 * Size
            && Convert.FromHexString(hex, bytes, out _, out int written) == System.Buffers.OperationStatus.Done && written == Size;
        hash = good ? new(bytes) : default;
        return good;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, out Hash256)"/>
    public static bool TryParse(ReadOnlySpan<char> hex, out Hash256 hash)
    {
        Span<byte> bytes = stackalloc byte[Size];
        bool good = hex.Length == 2 * Size
            && Convert.FromHexString(hex, bytes, out _, out int written) == System.Buffers.OperationStatus.Done && written == Size;
        hash = good ? new(bytes) : default;
        return good;
    }

    public static Hash256 Parse(ReadOnlySpan<char> hex) =>
        TryParse(hex, out Hash256 hash) ? hash : throw new FormatException("not a SHA-256 in hexadecimal digits");

    public bool Equals(Hash256 other) => Span.SequenceEqual(other.Span);

    public override bool Equals(object? obj) => obj is Hash256 other && Equals(other);

    public override int GetHashCode() => unchecked((int)Prefix);

    public int CompareTo(Hash256 other) => Span.SequenceCompareTo(other.Span);

    public override string ToString() => Convert.ToHexStringLower(Span);

    /// <summary>The first eight digits, as restic shows ids to people.</summary>
    public string ToShortString() => Convert.ToHexStringLower(Span[..4]);

    public static bool operator ==(Hash256 left, Hash256 right) => left.Equals(right);

    public static bool operator !=(Hash256 left, Hash256 right) => !left.Equals(right);

    public static bool operator <(Hash256 left, Hash256 right) => left.CompareTo(right) < 0;

    public static bool operator >(Hash256 left, Hash256 right) => left.CompareTo(right) > 0;

    public static bool operator <=(Hash256 left, Hash256 right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Hash256 left, Hash256 right) => left.CompareTo(right) >= 0;

    [InlineArray(Size)]
    private struct Bytes
    {
        private byte _first;
    }
}
