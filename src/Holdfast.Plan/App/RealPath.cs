namespace Holdfast.Plan;

/// <summary>Where a path lies when all links on the way are followed. A walk stores a link, and not what it leads to.</summary>
internal static class RealPath
{
    /// <summary>As many as the kernel follows.</summary>
    internal const int MostLinks = 40;

    /// <param name="path">Absolute and clean; what is not there stays as it is, and so does a link that too many others lead to.</param>
    internal static string Of(string path)
    {
        var left = new Stack<string>(Parts(path));
        string real = string.Empty;
        int links = 0;
        while (left.TryPop(out string? part))
        {
            if (part == "..")
            {
                real = real[..Math.Max(0, real.LastIndexOf('/'))];
            }
            else if (part != "." && new FileInfo($"{real}/{part}").LinkTarget is { } target && links++ < MostLinks)
            {
                real = target.StartsWith('/') ? string.Empty : real;
                Array.ForEach([.. Parts(target)], left.Push);
            }
            else if (part != ".")
            {
                real += "/" + part;
            }
        }

        return real.Length == 0 ? "/" : real;
    }

    /// <summary>Its components, the last first: to be put on a stack.</summary>
    internal static IEnumerable<string> Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse();
}
