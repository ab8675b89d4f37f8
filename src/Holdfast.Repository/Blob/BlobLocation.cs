namespace Holdfast.Repository;

/// <summary>Where a blob lies. Offset and lengths are bytes in the pack file; encrypted length includes IV and authentication code.</summary>
/// <param name="UncompressedLength">Plain length of a compressed blob; 0 for one that is stored uncompressed.</param>
public readonly record struct BlobLocation(PackId Pack, uint Offset, uint Length, uint UncompressedLength)
{
    public bool IsCompressed => UncompressedLength != 0;

    /// <summary>The length of the content in bytes.</summary>
    public uint PlainLength => IsCompressed ? UncompressedLength : Length - Sealer.Overhead;
}
