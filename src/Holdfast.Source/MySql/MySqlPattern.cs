using System.Text;
using System.Text.RegularExpressions;

namespace Holdfast.Source;

/// <summary>Names of databases in grants: underscore and percent sign stand for other characters, unless a backslash is before them.</summary>
internal static class MySqlPattern
{
    /// <summary>The pattern that means one name.</summary>
    internal static string Escape(string name) => name.Replace("_", "\\_", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal);

    internal static bool IsLike(string name, string pattern)
    {
        string expression = string.Concat(Read(pattern).Select(c => c switch { (false, '%') => ".*", (false, '_') => ".", _ => Regex.Escape(c.Character.ToString()) }));
        return Regex.IsMatch(name, $"^{expression}$", RegexOptions.Singleline | RegexOptions.NonBacktracking);
    }

    /// <summary>
    /// Of several patterns that a name is like, a server looks at the closest alone, whatever the others allow. One that is a name comes first.
    /// After that, MariaDB goes by how few names a pattern can mean, and MySQL and older MariaDB by what is before its first wildcard; where the
    /// two differ, both are returned.
    /// </summary>
    internal static IEnumerable<string> Closest(IEnumerable<string> patterns)
    {
        string[] all = [.. patterns.Distinct()];
        return all.Where(p => Rank(p) == all.Min(Rank)).Union(all.Where(p => Before(p) == all.Max(Before)));
    }

    /// <summary>Less is closer: any number of characters says less than single ones, and few letters say less than many.</summary>
    private static (int Many, int Letters, int Wildcards) Rank(string pattern)
    {
        (bool Escaped, char Character)[] read = [.. Read(pattern)];
        int many = read.Count(c => c is (false, '%')), one = read.Count(c => c is (false, '_'));
        return (many > 0 ? 1 : 0, many > 0 ? many - read.Length : 0, many + one);
    }

    /// <summary>How much is before the first wildcard; all there is, and more than any other, where there is none.</summary>
    private static int Before(string pattern)
    {
        int at = Read(pattern).TakeWhile(c => c is not (false, '%' or '_')).Count();
        return at == Read(pattern).Count() ? int.MaxValue : at;
    }

    private static IEnumerable<(bool Escaped, char Character)> Read(string pattern)
    {
        for (int i = 0; i < pattern.Length; i++)
        {
            bool escaped = pattern[i] == '\\' && i + 1 < pattern.Length;
            yield return (escaped, escaped ? pattern[++i] : pattern[i]);
        }
    }
}
