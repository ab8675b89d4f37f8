using System.Runtime.InteropServices;

namespace Holdfast.Repository;

/// <summary>
/// The beginning of a table of blobs on this machine's disk. Behind it: the hashes of the index files it was made from,
/// the ids of the packs, the buckets, the entries. Numbers as the machine has them: the file never leaves it.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct IndexTableHeader(ulong Magic, uint Files, uint Packs, uint BucketBits, uint Entries, uint Sum, uint Unused)
{
    internal const int Size = 32;

    /// <summary>"HFblobs1".</summary>
    internal const ulong Expected = 0x3173626F6C624648;

    private const int MostBits = 26;

    internal int Buckets => 1 << (int)BucketBits;

    internal long BucketsAt => Size + ((Files + (long)Packs) * Hash256.Size);

    /// <summary>Behind the buckets, of which there is one more than are used: its start is the end of the last.</summary>
    internal long EntriesAt => BucketsAt + ((Buckets + 1L) * IndexBucket.Size);

    internal long Length => EntriesAt + (Entries * (long)IndexEntry.Size);

    internal bool IsPossible(long length) =>
        Magic == Expected && BucketBits is >= 1 and <= MostBits && Entries <= int.MaxValue && Length == length;

    /// <summary>So many that some thirty entries share one: a lookup then is one read of one or two kilobytes.</summary>
    internal static uint BitsFor(long entries) => (uint)Math.Clamp(System.Numerics.BitOperations.Log2((ulong)(entries / 16) + 1), 1, MostBits);
}
