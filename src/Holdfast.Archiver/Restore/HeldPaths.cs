namespace Holdfast.Archiver;

/// <summary>
/// The paths that a snapshot was made of. Folders above them are in its tree too, with nothing in them but the way down:
/// what such a folder lacks says nothing about what was there. Thread-safe.
/// </summary>
internal sealed class HeldPaths
{
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>>? _paths;

    /// <param name="paths">Absolute paths; null where the whole tree counts. One that is not absolute names nothing in a tree.</param>
    internal HeldPaths(IReadOnlyList<string>? paths) =>
        _paths = paths?.Where(p => p.StartsWith('/')).Select(p => TargetPath.Clean(p, "/")).ToHashSet(StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether a path of the snapshot is one of these or below one, so that the snapshot has all that was there.</summary>
    internal bool Contain(string path)
    {
        if (_paths is not { } paths)
        {
            return true;
        }

        // From the bottom up, because there may be many thousand paths and there are few levels.
        ReadOnlySpan<char> at = path;
        while (at.Length > 1 && !paths.Contains(at))
        {
            at = at[..Math.Max(at.LastIndexOf('/'), 0)];
        }

        return at.Length > 1 || paths.Contains("/");
    }
}
