namespace Holdfast.Archiver;

/// <summary>Matching within one component of a path, with the syntax of Go's <c>filepath.Match</c>, which restic uses.</summary>
internal static class GlobComponent
{
    internal static bool IsValid(ReadOnlySpan<char> pattern)
    {
        while (!pattern.IsEmpty)
        {
            int length = 1;
            if (pattern[0] == '\\')
            {
                length = 2;
            }
            else if (pattern[0] == '[' && !TryClass(pattern, default, out _, out length))
            {
                return false;
            }

            if (length > pattern.Length)
            {
                return false;
            }

            pattern = pattern[length..];
        }

        return true;
    }

    /// <summary>Whether a valid pattern matches the whole name. Takes time in proportion to the product of both lengths at worst.</summary>
    internal static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        int at = 0, from = 0;
        int starAt = -1, starFrom = 0;
        while (from < name.Length)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                starAt = ++at;
                starFrom = from;
            }
            else if (at < pattern.Length && MatchesOne(pattern[at..], name[from], out int length))
            {
                at += length;
                from++;
            }
            else if (starAt >= 0)
            {
                // The last star takes one character more, and the rest is tried again.
                at = starAt;
                from = ++starFrom;
            }
            else
            {
                return false;
            }
        }

        return !pattern[at..].ContainsAnyExcept('*');
    }

    private static bool MatchesOne(ReadOnlySpan<char> pattern, char c, out int length)
    {
        switch (pattern[0])
        {
            case '?':
                length = 1;
                return true;
            case '[':
                return TryClass(pattern, c, out bool inClass, out length) && inClass;
            case '\\' when pattern.Length > 1:
                length = 2;
                return pattern[1] == c;
            default:
                length = 1;
                return pattern[0] == c;
        }
    }

    /// <summary>Reads a class such as <c>[a-z]</c> or <c>[^0-9]</c>; false where it does not end.</summary>
    private static bool TryClass(ReadOnlySpan<char> pattern, char c, out bool matches, out int length)
    {
        int at = 1;
        bool negated = at < pattern.Length && pattern[at] == '^';
        if (negated)
        {
            at++;
        }

        bool found = false;
        int ranges = 0;
        while (at < pattern.Length && (pattern[at] != ']' || ranges == 0) && TryMember(pattern, ref at, out char low))
        {
            char high = low;
            if (at + 1 < pattern.Length && pattern[at] == '-' && pattern[at + 1] != ']')
            {
                at++;
                if (!TryMember(pattern, ref at, out high))
                {
                    break;
                }
            }

            found |= low <= c && c <= high;
            ranges++;
        }

        bool ends = at < pattern.Length && pattern[at] == ']' && ranges > 0;
        matches = ends && found != negated;
        length = at + 1;
        return ends;
    }

    private static bool TryMember(ReadOnlySpan<char> pattern, ref int at, out char member)
    {
        if (pattern[at] == '\\')
        {
            at++;
        }

        member = at < pattern.Length ? pattern[at++] : default;
        return member != default;
    }
}
