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
                if (!TryList(next.Folder, out FileSystemInfo[] entries))
                {
                    continue;
                }

                if (seen.Add(next.Folder))
                {
                    Array.ForEach([.. entries.OfType<FileInfo>()], f => Look(f.FullName, found));
                }

                // Links lead elsewhere, and in circles.
                foreach (DirectoryInfo folder in entries.OfType<DirectoryInfo>().Where(d => next.Depth < Depth && d.LinkTarget is null))
                {
                    if (!s_kernel.Contains(folder.FullName) && !s_passed.Contains(folder.Name))
                    {
                        waiting.Push((folder.FullName, next.Depth + 1));
                    }
                }
            }
        }

        return [.. found.Values];
    }

    private void Look(string file, SortedDictionary<(string, string), Installation> found)
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

    private bool TryList(string folder, out FileSystemInfo[] entries)
    {
        try
        {
            entries = new DirectoryInfo(folder).GetFileSystemInfos();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (e is not DirectoryNotFoundException)
            {
                OnUnreadable?.Invoke(folder); // one that went away meanwhile is none
            }

            entries = [];
            return false;
        }
    }
}
