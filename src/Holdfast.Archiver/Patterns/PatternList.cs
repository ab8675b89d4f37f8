namespace Holdfast.Archiver;

/// <summary>
/// Patterns of which the last that matches decides; one with <c>!</c> takes a path back out. Those for which the case of letters
/// counts and those for which it does not are two lists, as in restic: neither takes back what the other matches. Immutable.
/// </summary>
public sealed class PatternList
{
    public static readonly PatternList Empty = new([]);

    private readonly PathPattern[] _patterns;
    private readonly PathPattern[][] _lists;

    public PatternList(IEnumerable<PathPattern> patterns)
    {
        _patterns = [.. patterns];
        _lists = [.. _patterns.GroupBy(p => p.IgnoresCase).Select(g => g.ToArray())];
    }

    public bool IsEmpty => _patterns.Length == 0;

    public IEnumerable<string> Texts => _patterns.Select(p => p.Text);

    /// <summary>Whether the list matches this absolute path or a folder above it.</summary>
    public bool Matches(string path) => Matches(path, -1);

    /// <summary>The same, by patterns that match more than this number of the path's first components.</summary>
    internal bool Matches(string path, int deeperThan) => Array.Exists(_lists, list => Matches(list, path, deeperThan));

    /// <summary>Whether something below this folder may match.</summary>
    public bool MayMatchBelow(string folder) => _patterns.Any(p => !p.IsNegated && p.MayMatchBelow(folder));

    private static bool Matches(PathPattern[] list, string path, int deeperThan)
    {
        for (int i = list.Length - 1; i >= 0; i--)
        {
            if (list[i].Matches(path, deeperThan))
            {
                return !list[i].IsNegated;
            }
        }

        return false;
    }
}
