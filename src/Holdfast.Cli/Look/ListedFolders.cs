namespace Holdfast.Cli.Look;

/// <summary>The folders that `ls` was asked for, all of them where it was asked for none.</summary>
internal sealed class ListedFolders
{
    private readonly string[] _folders;
    private readonly bool _recursive;
    private readonly HashSet<string> _missing;

    /// <exception cref="UsageException">A folder is not absolute.</exception>
    internal ListedFolders(string[] folders, bool recursive)
    {
        _folders = [.. folders.Select(f => f.StartsWith('/')
            ? "/" + string.Join('/', f.Split('/', StringSplitOptions.RemoveEmptyEntries))
            : throw new UsageException($"'{f}' is no absolute path: folders in a snapshot begin with /"))];
        _recursive = recursive;
        _missing = [.. _folders.Where(f => f != "/")];
    }

    /// <summary>Those that the walk has not met.</summary>
    internal IEnumerable<string> Missing => _missing.Order(StringComparer.Ordinal);

    internal bool Shows(string path)
    {
        _missing.Remove(path);
        return _folders.Length == 0 || _folders.Any(f => Holds(f, path));
    }

    /// <summary>Whether to go on below a path: towards a folder that was asked for, or into it.</summary>
    internal bool GoesInto(string path) => _folders.Length == 0 || _folders.Any(f => Holds(path, f) || (_recursive && Holds(f, path)));

    private static bool Holds(string folder, string path) =>
        folder == "/" || (path.StartsWith(folder, StringComparison.Ordinal) && (path.Length == folder.Length || path[folder.Length] == '/'));
}
