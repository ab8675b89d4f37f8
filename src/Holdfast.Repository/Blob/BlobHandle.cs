namespace Holdfast.Repository;

/// <summary>What a blob holds; the values are those of the pack header.</summary>
public enum BlobType : byte
{
    Data = 0,
    Tree = 1,
}

/// <summary>Content and directories are named in separate spaces.</summary>
public readonly record struct BlobHandle(BlobType Type, Hash256 Hash)
{
    public static implicit operator BlobHandle(BlobId id) => new(BlobType.Data, id.Hash);

    public static implicit operator BlobHandle(TreeId id) => new(BlobType.Tree, id.Hash);

    public override string ToString() => $"{(Type == BlobType.Tree ? "tree" : "data")} blob {Hash.ToShortString()}";
}
