using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>What not to back up. Immutable.</summary>
public sealed record ExcludeRules
{
    public static readonly ExcludeRules None = new();

    public PatternList Patterns { get; init; } = PatternList.Empty;

    /// <summary>Leave out files larger than this, in bytes; null for no limit.</summary>
    public long? LargerThan { get; init; }

    /// <summary>A folder with one of these files in it is kept with nothing but that file.</summary>
    public IReadOnlyList<ExcludeMarker> Markers { get; init; } = [];

    /// <summary>
    /// Folders of the program itself: a repository that is backed up into itself grows with every run. Known by device and
    /// inode, so by whatever path they are met; backed up only where the user names them.
    /// </summary>
    public IReadOnlyList<FileStatus> OwnFolders { get; init; } = [];

    internal bool IsOwnFolder(in FileStatus status)
    {
        foreach (FileStatus own in OwnFolders)
        {
            if (own.Inode == status.Inode && own.DeviceId == status.DeviceId)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether there is anything to ask <see cref="ExcludesPath"/> about: making the path costs time.</summary>
    internal bool ExcludesPaths => !Patterns.IsEmpty;

    /// <param name="deeperThan">How many components the path has that the user named: what a pattern says of that, or of what is above it, is overruled.</param>
    internal bool ExcludesPath(string path, int deeperThan) => Patterns.Matches(path, deeperThan);

    internal bool ExcludesFile(in FileStatus status) =>
        LargerThan is { } limit && status.Kind == FileKind.Regular && status.Size > limit;

    /// <summary>The name of the marker file that excludes a folder's content, or null.</summary>
    internal byte[]? FindMarker(DirectoryHandle directory, List<byte[]> names) =>
        Markers.FirstOrDefault(m => m.IsIn(directory, names))?.Name;
}
