namespace Holdfast.Archiver;

/// <summary>
/// One pattern over paths, as restic has it: components with <c>*</c>, <c>?</c> and <c>[a-z]</c>, <c>**</c> for any number of
/// components. A pattern that begins with <c>/</c> is fixed to the root, any other may begin at every component; either
/// way it also matches all that lies below what it matches. Immutable.
/// </summary>
public sealed class PathPattern
{
    private readonly string[] _parts;
    private readonly bool _fixedToRoot;
    private readonly bool _ignoreCase;

    /// <exception cref="FormatException">The pattern is empty or malformed; the message names it.</exception>
    public PathPattern(string text, bool ignoreCase)
    {
        Text = text;
        IsNegated = text.StartsWith('!');
        string pattern = IsNegated ? text[1..] : text;
        _fixedToRoot = pattern.StartsWith('/');
        _ignoreCase = ignoreCase;
        _parts = Clean((ignoreCase ? pattern.ToLowerInvariant() : pattern).Split('/', StringSplitOptions.RemoveEmptyEntries));
        if (_parts.Length == 0 && !_fixedToRoot)
        {
            throw new FormatException($"the pattern '{text}' is empty");
        }

        if (_parts.Any(p => !GlobComponent.IsValid(p)))
        {
            throw new FormatException($"the pattern '{text}' is malformed: a [ without its ], or a \\ at the end");
        }
    }

    /// <summary>The pattern as the user gave it.</summary>
    public string Text { get; }

    /// <summary>Whether it takes back what earlier patterns matched: written with <c>!</c> before it.</summary>
    public bool IsNegated { get; }

    /// <summary>Whether the case of letters counts for nothing.</summary>
    internal bool IgnoresCase => _ignoreCase;

    /// <summary>Whether the pattern matches this absolute path or a folder above it.</summary>
    public bool Matches(string path) => Matches(path, -1);

    /// <summary>Whether the pattern matches this absolute path or a folder above it that has more components than given.</summary>
    internal bool Matches(string path, int deeperThan)
    {
        ReadOnlySpan<string> parts = Parts(path);
        if (_fixedToRoot)
        {
            return MatchesHere(_parts, parts, deeperThan);
        }

        for (int start = 0; start < parts.Length; start++)
        {
            if (MatchesHere(_parts, parts[start..], deeperThan - start))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether something below this folder may match.</summary>
    public bool MayMatchBelow(string folder)
    {
        if (!_fixedToRoot)
        {
            return true;
        }

        ReadOnlySpan<string> parts = Parts(folder);
        int wild = Array.IndexOf(_parts, "**");
        int length = Math.Min(parts.Length, wild < 0 ? _parts.Length : wild);
        for (int i = 0; i < length; i++)
        {
            if (!GlobComponent.Matches(_parts[i], parts[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Without <c>.</c> and <c>..</c>, as restic cleans patterns: no path has them.</summary>
    private static string[] Clean(string[] parts)
    {
        var clean = new List<string>(parts.Length);
        foreach (string part in parts.Where(p => p != "."))
        {
            if (part != "..")
            {
                clean.Add(part);
            }
            else if (clean.Count > 0)
            {
                clean.RemoveAt(clean.Count - 1);
            }
        }

        return [.. clean];
    }

    private string[] Parts(string path) =>
        (_ignoreCase ? path.ToLowerInvariant() : path).Split('/', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whether the pattern matches the first of these components, more of them than given, whatever comes behind them.</summary>
    private static bool MatchesHere(ReadOnlySpan<string> pattern, ReadOnlySpan<string> parts, int moreThan)
    {
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == "**")
            {
                return MatchesAfterWild(pattern[(i + 1)..], parts[i..], moreThan - i);
            }

            if (i >= parts.Length || !GlobComponent.Matches(pattern[i], parts[i]))
            {
                return false;
            }
        }

        return pattern.Length > moreThan;
    }

    private static bool MatchesAfterWild(ReadOnlySpan<string> pattern, ReadOnlySpan<string> parts, int moreThan)
    {
        for (int skip = 0; skip <= parts.Length; skip++)
        {
            if (MatchesHere(pattern, parts[skip..], moreThan - skip))
            {
                return true;
            }
        }

        return false;
    }
}
