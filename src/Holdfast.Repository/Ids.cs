using System.Text.Json.Serialization;

namespace Holdfast.Repository;

/// <summary>Names a piece of file content: the SHA-256 of its plain bytes.</summary>
public readonly record struct BlobId(Hash256 Hash)
{
    public override string ToString() => Hash.ToString();
}

/// <summary>Names a directory: the SHA-256 of its encoded tree.</summary>
[JsonConverter(typeof(TreeIdConverter))]
public readonly record struct TreeId(Hash256 Hash)
{
    public override string ToString() => Hash.ToString();
}

/// <summary>Names a pack file: the SHA-256 of its stored bytes.</summary>
public readonly record struct PackId(Hash256 Hash)
{
    public override string ToString() => Hash.ToString();
}

/// <summary>Names a snapshot: the SHA-256 of its stored bytes.</summary>
[JsonConverter(typeof(SnapshotIdConverter))]
public readonly record struct SnapshotId(Hash256 Hash)
{
    public override string ToString() => Hash.ToString();
}

/// <summary>Names a key file: the SHA-256 of its stored bytes.</summary>
public readonly record struct KeyId(Hash256 Hash)
{
    public override string ToString() => Hash.ToString();
}
