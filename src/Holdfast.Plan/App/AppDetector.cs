namespace Holdfast.Plan;

/// <summary>Looks for applications below folders: by their configuration files, and no deeper than a bound.</summary>
public sealed class AppDetector(IReadOnlyCollection<Recipe> recipes)
{
    /// <summary>Where servers have their applications.</summary>
    public static readonly IReadOnlyList<string> DefaultRoots = ["/var/www", "/srv", "/opt", "/home", "/root", "/etc", "/usr/local", "/usr/share/nginx", "/var/lib"];

    /// <summary>Views into the kernel, and what comes and goes with the machine.</summary>
    private static readonly string[] s_kernel = ["/proc", "/sys", "/dev", "/run"];

    /// <summary>Folders with thousands of others, and no application of their own.</summary>
    private static readonly string[] s_passed = [".git", "node_modules", "__pycache__", "overlay2", ".cache"];

    /// <summary>Folders below a root that are entered: 0 is the root alone.</summary>
    public int Depth { get; init; } = 6;

    /// <summary>Called with each folder that cannot be read.</summary>
    public Action<string>? OnUnreadable { get; init; }

    /// <summary>All that are found, in order of their paths.</summary>
    /// <param name="roots">Absolute. Those that are not there are passed over.</param>
    public IReadOnlyList<Installation> Find(IEnumerable<string> roots, CancellationToken cancellation)
    {
        var found = new SortedDictionary<(string, string), Installation>();
        var seen = new HashSet<string>();
        foreach (string root in roots.Where(Directory.Exists))
        {
            var waiting = new Stack<(string Folder, int Depth)>([(root, 0)]);
            while (waiting.TryPop(out (string Folder, int Depth) next))
            {
                cancellation.ThrowIfCancellationRequested();
                if (seen.Add(next.Folder))
                {
                    Look(next.Folder, found);
                }

                foreach (string folder in next.Depth < Depth ? FoldersIn(next.Folder) : [])
                {
                    waiting.Push((folder, next.Depth + 1));
                }
            }
        }

        return [.. found.Values];
    }

    private void Look(string folder, SortedDictionary<(string, string), Installation> found)
    {
        foreach (string file in Try(folder, f => Directory.GetFiles(f)))
        {
            foreach (Recipe recipe in recipes)
            {
                // The first place of a recipe that fits says where the root is.
                string? root = recipe.Find.Select(p => RecipeSearch.RootOf(p, file) is { } r && RecipeSearch.IsOne(p, r, file) ? r : null).FirstOrDefault(r => r is not null);
                if (root is not null)
                {
                    found[(file, recipe.Name)] = new(recipe, root, file);
                }
            }
        }
    }

    /// <summary>Without links, which lead elsewhere and in circles.</summary>
    private IEnumerable<string> FoldersIn(string folder) =>
        Try(folder, f => [.. new DirectoryInfo(f).EnumerateDirectories().Where(d => d.LinkTarget is null).Select(d => d.FullName)])
            .Where(d => !s_kernel.Contains(d) && !s_passed.Contains(Path.GetFileName(d)));

    private string[] Try(string folder, Func<string, string[]> list)
    {
        try
        {
            return list(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            OnUnreadable?.Invoke(folder);
            return [];
        }
    }
}
