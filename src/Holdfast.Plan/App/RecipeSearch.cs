using System.IO.Enumeration;

namespace Holdfast.Plan;

/// <summary>Where the configuration of a recipe's application lies.</summary>
internal static class RecipeSearch
{
    /// <summary>The configurations of an installation at a root: those of the first place of the recipe that has any.</summary>
    internal static string[] FindConfigs(Recipe recipe, string root) =>
        recipe.Find.Select(p => Expand(root, p.Parts).Where(f => IsOne(p, root, f)).Order(StringComparer.Ordinal).ToArray()).FirstOrDefault(f => f.Length > 0) ?? [];

    /// <summary>The root of the installation whose configuration a file may be; null where its path is none.</summary>
    internal static string? RootOf(RecipePlace place, string file)
    {
        string[] parts = file.Split('/');
        int above = parts.Length - place.Parts.Length;
        if (above < 1 || !place.Parts.Zip(parts.Skip(above), (pattern, part) => FileSystemName.MatchesSimpleExpression(pattern, part, ignoreCase: false)).All(m => m))
        {
            return null;
        }

        string root = string.Join('/', parts.Take(above));
        return root.Length > 0 ? root : "/";
    }

    internal static bool IsOne(RecipePlace place, string root, string file)
    {
        try
        {
            return place.Beside.All(b => Path.Exists($"{root}/{b}")) && File.Exists(file) && (place.Needle is null || SettingsFile.Load(file).Contains(place.Needle));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Expand(string folder, ReadOnlySpan<string> parts)
    {
        string first = parts[0];
        bool isPattern = first.Contains('*') || first.Contains('?');
        try
        {
            string[] here = !isPattern ? [$"{folder.TrimEnd('/')}/{first}"]
                : !Directory.Exists(folder) ? []
                : parts.Length == 1 ? Directory.GetFiles(folder, first) : Directory.GetDirectories(folder, first);
            if (parts.Length == 1)
            {
                return here;
            }

            var all = new List<string>();
            foreach (string next in here)
            {
                all.AddRange(Expand(next, parts[1..]));
            }

            return all;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
