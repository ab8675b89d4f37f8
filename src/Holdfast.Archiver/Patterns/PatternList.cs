namespace Holdfast.Archiver;

/// <summary>Patterns of which the last that matches decides; one with <c>!</c> takes a path back out. Immutable.</summary>
public sealed class PatternList
{
    public static readonly PatternList Empty = new([]);

    private readonly PathPattern[] _patterns;

    public PatternList(IEnumerable<PathPattern> patterns) => _patterns = [.. patterns];

    public bool IsEmpty => _patterns.Length == 0;

    public IEnumerable<string> Texts => _patterns.Select(p => p.Text);

    /// <summary>Whether the list matches this absolute path or a folder above it.</summary>
    public bool Matches(string path) => Matches(path, -1);

    /// <summary>The same, by patterns that match more than this number of the path's first components.</summary>
    internal bool Matches(string path, int deeperThan)
    {
        for (int i = _patterns.Length - 1; i >= 0; i--)
        {
            if (_patterns[i].Matches(path, deeperThan))
            {
                return !_patterns[i].IsNegated;
            }
        }

        return false;
    }

    /// <summary>Whether something below this folder may match.</summary>
    public bool MayMatchBelow(string folder) => _patterns.Any(p => !p.IsNegated && p.MayMatchBelow(folder));
}
