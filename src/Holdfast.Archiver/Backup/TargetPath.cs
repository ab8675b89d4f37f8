using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>The paths of a user, made absolute and clean, links untouched.</summary>
public static class TargetPath
{
    /// <summary>Why a clean path cannot be backed up; null where it is there.</summary>
    public static string? FindTrouble(string path)
    {
        try
        {
            if (path != "/")
            {
                int slash = path.LastIndexOf('/');
                using DirectoryHandle folder = DirectoryHandle.Open(slash == 0 ? "/" : path[..slash]);
                folder.Status(PathText.Encode(path.AsSpan(slash + 1)));
            }

            return null;
        }
        catch (LinuxException e)
        {
            return e.IsMissing ? "there is no such file or folder" : e.Message;
        }
    }

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
