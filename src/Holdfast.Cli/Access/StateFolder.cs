using Holdfast.Linux;

namespace Holdfast.Cli.Access;

/// <summary>Where a repository lies when nobody says where: /var/lib/holdfast for root, else the user's state folder.</summary>
internal static class StateFolder
{
    internal static string Path => Machine.IsRoot
        ? "/var/lib/holdfast"
        : System.IO.Path.Combine(
            Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state
                ? state
                : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local/state"),
            "holdfast");

    internal static string Repository => System.IO.Path.Combine(Path, "repository");

    /// <summary>The file with the generated password of that repository.</summary>
    internal static string Key => System.IO.Path.Combine(Path, "repository.key");

    internal static string Cache =>
        GlobalOptions.Setting("CACHE_DIR")
        ?? System.IO.Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
                ? cache
                : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "holdfast");
}
