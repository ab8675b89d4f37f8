namespace Holdfast.Repository;

/// <summary>What came of healing.</summary>
/// <param name="Snapshots">Those that missed something.</param>
/// <param name="Files">Files and folders that missed something, each where it was met first.</param>
/// <param name="LostBlobs">Blobs that snapshots need and that could not be read.</param>
/// <param name="HealedBlobs">Those of them that are here again; in a dry run, that would be.</param>
/// <param name="BrokenPacks">Packs that are missing or damaged: they still are, though nothing needs them for what was healed.</param>
public sealed record HealReport(
    IReadOnlyList<HealedSnapshot> Snapshots, IReadOnlyList<HealedFile> Files, int LostBlobs, int HealedBlobs, IReadOnlyCollection<PackId> BrokenPacks)
{
    /// <summary>Whether nothing is lost any more.</summary>
    public bool IsWhole => HealedBlobs == LostBlobs;
}

/// <summary>A snapshot that missed something, and whether it has all of it again.</summary>
public sealed record HealedSnapshot(SnapshotId Id, bool IsWhole);

/// <summary>A file, or a folder whose list of files was lost, and whether it is whole again.</summary>
public sealed record HealedFile(SnapshotId Snapshot, string Path, bool IsWhole);
