namespace Holdfast.Repository;

/// <summary>A number of blobs, and their stored bytes.</summary>
public readonly record struct PruneCount(long Blobs, long Bytes)
{
    public static PruneCount operator +(PruneCount left, PruneCount right) => Add(left, right);

    public static PruneCount Add(PruneCount left, PruneCount right) => new(left.Blobs + right.Blobs, left.Bytes + right.Bytes);
}
