namespace Holdfast.Repository;

/// <summary>A snapshot that needs something that cannot be read.</summary>
/// <param name="Path">The first file or folder that does, as text; <c>/</c> for all of it.</param>
public sealed record DamagedSnapshot(StoredSnapshot Stored, string Path);
