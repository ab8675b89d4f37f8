using System.Runtime.InteropServices;

namespace Holdfast.Repository;

/// <summary>Where one blob lies, in 48 bytes; the pack is a number in a list that goes with the entry.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct IndexEntry(Hash256 Hash, uint PackAndType, uint Offset, uint Length, uint UncompressedLength)
{
    internal const int Size = Hash256.Size + 16;

    private const uint TreeFlag = 1u << 31;

    internal IndexEntry(BlobHandle blob, uint pack, in BlobLocation location)
        : this(blob.Hash, pack | (blob.Type == BlobType.Tree ? TreeFlag : 0), location.Offset, location.Length, location.UncompressedLength)
    {
    }

    internal int Pack => (int)(PackAndType & ~TreeFlag);

    internal BlobHandle Blob => new((PackAndType & TreeFlag) != 0 ? BlobType.Tree : BlobType.Data, Hash);

    internal bool IsOf(BlobHandle blob) => Hash == blob.Hash && ((PackAndType & TreeFlag) != 0) == (blob.Type == BlobType.Tree);

    internal IndexEntry InPack(uint number) => this with { PackAndType = (PackAndType & TreeFlag) | number };

    internal BlobLocation In(PackId pack) => new(pack, Offset, Length, UncompressedLength);
}
