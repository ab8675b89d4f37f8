using System.Text;
using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>Finds what is there for a path with <c>*</c>, <c>?</c>, <c>[a-z]</c> in its components, and <c>**</c> for any number of folders.</summary>
public sealed class PathSearch
{
    private readonly Func<string, bool> _wanted;
    private readonly Func<string, bool> _enter;
    private readonly SortedSet<string> _found = new(StringComparer.Ordinal);

    private PathSearch(Func<string, bool> wanted, Func<string, bool> enter) => (_wanted, _enter) = (wanted, enter);

    /// <summary>Whether a path is one to be searched for, and not the name of one thing.</summary>
    public static bool IsPattern(string path) => path.AsSpan().ContainsAny("*?[\\");

    /// <summary>The pattern that only this path matches.</summary>
    public static string Escape(string path) => string.Concat(path.Select(c => c is '*' or '?' or '[' or '\\' ? $"\\{c}" : c.ToString()));

    /// <summary>Whether a pattern can be understood.</summary>
    public static bool IsValid(string pattern) => Parts(pattern).All(p => GlobComponent.IsValid(p));

    /// <summary>What is there, matches and is wanted, in order. Links in the middle are followed only where they are named.</summary>
    /// <param name="pattern">Absolute and valid.</param>
    /// <param name="enter">Whether <c>**</c> looks into this folder.</param>
    /// <exception cref="LinuxException">A folder on the way cannot be read: what is in it would be left out.</exception>
    public static IReadOnlyCollection<string> Find(string pattern, Func<string, bool> wanted, Func<string, bool> enter)
    {
        var search = new PathSearch(wanted, enter);
        search.Search("/", Parts(pattern));
        return search._found;
    }

    private static string[] Parts(string pattern) => pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private void Search(string folder, ReadOnlySpan<string> parts)
    {
        if (parts.IsEmpty)
        {
            Add(folder);
            return;
        }

        bool anyDepth = parts[0] == "**";
        ReadOnlySpan<string> rest = parts[1..];
        if (anyDepth)
        {
            Search(folder, rest);
        }

        if (!anyDepth && Literal(parts[0]) is { } literal)
        {
            string path = folder.TrimEnd('/') + "/" + literal;
            if (IsThere(path))
            {
                Search(path, rest);
            }

            return;
        }

        foreach ((string name, bool isFolder) in List(folder))
        {
            string path = folder.TrimEnd('/') + "/" + name;
            if (anyDepth)
            {
                if (rest.IsEmpty)
                {
                    Add(path);
                }

                if (isFolder && _enter(path))
                {
                    Search(path, parts);
                }
            }
            else if (GlobComponent.Matches(parts[0], name) && (rest.IsEmpty || isFolder))
            {
                Search(path, rest);
            }
        }
    }

    /// <summary>The one name that a component stands for; null where it may stand for several.</summary>
    private static string? Literal(string component)
    {
        var name = new StringBuilder();
        for (int i = 0; i < component.Length; i++)
        {
            if (component[i] is '*' or '?' or '[')
            {
                return null;
            }

            name.Append(component[i] == '\\' ? component[++i] : component[i]);
        }

        return name.ToString();
    }

    private void Add(string path)
    {
        if (_wanted(path))
        {
            _found.Add(path);
        }
    }

    private static bool IsThere(string path)
    {
        int slash = path.LastIndexOf('/');
        try
        {
            using DirectoryHandle folder = DirectoryHandle.Open(slash == 0 ? "/" : path[..slash]);
            return folder.TryStatus(PathText.Encode(path.AsSpan(slash + 1)), out _);
        }
        catch (LinuxException e) when (e.IsMissing)
        {
            return false;
        }
    }

    private static List<(string Name, bool IsFolder)> List(string folder)
    {
        var entries = new List<(string, bool)>();
        try
        {
            using DirectoryHandle handle = DirectoryHandle.Open(folder);
            if (!handle.IsKernelView())
            {
                foreach (byte[] name in handle.ReadNames())
                {
                    if (handle.TryStatus(name, out FileStatus status))
                    {
                        entries.Add((PathText.Decode(name), status.IsDirectory));
                    }
                }
            }
        }
        catch (LinuxException e) when (e.IsMissing)
        {
            // No folder, or gone meanwhile: then nothing in it matches.
        }

        return entries;
    }
}
