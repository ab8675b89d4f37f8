namespace Holdfast.Repository;

/// <summary>What a repository is: design document, "Config". Immutable.</summary>
/// <param name="Version">1, or 2 where blobs may be compressed.</param>
/// <param name="Id">64 hexadecimal digits, made once at random.</param>
public sealed record RepositoryConfig(int Version, string Id, Polynomial Polynomial)
{
    internal const int OldestVersion = 1;
    internal const int NewestVersion = 2;

    public bool CanCompress => Version >= 2;
}
