namespace Holdfast.Archiver;

/// <summary>The paths of a user, made absolute and clean, links untouched.</summary>
public static class TargetPath
{
    /// <summary>Absolute from the given folder, without <c>.</c>, <c>..</c>, doubled or trailing slashes; as text only.</summary>
    public static string Clean(string path, string currentFolder)
    {
        string whole = path.StartsWith('/') ? path : currentFolder + "/" + path;
        var parts = new List<string>();
        foreach (string part in whole.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                if (parts.Count > 0)
                {
                    parts.RemoveAt(parts.Count - 1);
                }
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return "/" + string.Join('/', parts);
    }
}
