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
