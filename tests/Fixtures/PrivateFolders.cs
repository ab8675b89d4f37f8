namespace Holdfast.Fixtures;

/// <summary>What tools are given in private: passwords, which must not be left behind.</summary>
public static class PrivateFolders
{
    /// <summary>The files, of this moment, that hold a text.</summary>
    public static IEnumerable<string> Holding(string text) =>
        Directory.GetDirectories(Path.GetTempPath(), "holdfast-private-*").SelectMany(Files).Where(f => Read(f).Contains(text, StringComparison.Ordinal));

    private static string[] Files(string folder) => Try(() => Directory.GetFiles(folder)) ?? [];

    private static string Read(string file) => Try(() => File.ReadAllText(file)) ?? string.Empty;

    /// <summary>Null for what went meanwhile, or is locked: a lock file holds nothing.</summary>
    private static T? Try<T>(Func<T> action)
        where T : class
    {
        try
        {
            return action();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
