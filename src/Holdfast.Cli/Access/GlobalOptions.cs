using System.CommandLine;
using Holdfast.Repository;

namespace Holdfast.Cli.Access;

/// <summary>The options that every command knows, spelled as restic spells them.</summary>
internal static class GlobalOptions
{
    internal static readonly Option<string?> Repository = new("--repo", "-r")
    {
        Description = "repository to use (default: $HOLDFAST_REPOSITORY, $RESTIC_REPOSITORY, else the one in the state folder)",
        HelpName = "location", Recursive = true,
    };

    internal static readonly Option<string?> RepositoryFile = new("--repository-file")
    {
        Description = "file to read the location of the repository from", HelpName = "file", Recursive = true,
    };

    internal static readonly Option<string?> PasswordFile = new("--password-file", "-p")
    {
        Description = "file to read the password from, readable by its owner only", HelpName = "file", Recursive = true,
    };

    internal static readonly Option<string?> PasswordCommand = new("--password-command")
    {
        Description = "shell command whose first line of output is the password", HelpName = "command", Recursive = true,
    };

    internal static readonly Option<string?> KeyHint = new("--key-hint")
    {
        Description = "try the key whose id begins like this first", HelpName = "id", Recursive = true,
    };

    internal static readonly Option<string?> CacheFolder = new("--cache-dir")
    {
        Description = "folder for the cache (default: $XDG_CACHE_HOME/holdfast or ~/.cache/holdfast)", HelpName = "folder", Recursive = true,
    };

    internal static readonly Option<bool> NoCache = new("--no-cache") { Description = "do not use a cache", Recursive = true };

    internal static readonly Option<bool> NoLock = new("--no-lock")
    {
        Description = "do not lock the repository; allowed where nothing is written", Recursive = true,
    };

    internal static readonly Option<string?> RetryLock = new("--retry-lock")
    {
        Description = "wait this long for a locked repository, such as 30s, 5m or 1h", HelpName = "duration", Recursive = true,
    };

    internal static readonly Option<CompressionMode> Compression = new("--compression")
    {
        Description = "off, fastest, auto, better or max", HelpName = "mode", Recursive = true,
        DefaultValueFactory = _ => Enum.TryParse(Setting("COMPRESSION"), ignoreCase: true, out CompressionMode mode) ? mode : CompressionMode.Auto,
    };

    internal static readonly Option<int> PackSize = new("--pack-size")
    {
        Description = "size of packs in MiB, 4 to 128", HelpName = "MiB", Recursive = true,
        DefaultValueFactory = _ => int.TryParse(Setting("PACK_SIZE"), out int size) ? size : 16,
    };

    internal static readonly Option<bool> Json = new("--json") { Description = "print JSON, with restic's members where restic has them", Recursive = true };

    internal static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "print nothing but errors", Recursive = true };

    internal static readonly Option<bool[]> Verbose = new("--verbose", "-v")
    {
        Description = "tell more; twice, every file", Arity = ArgumentArity.Zero, Recursive = true,
    };

    internal static IEnumerable<Option> All =>
    [
        Repository, RepositoryFile, PasswordFile, PasswordCommand, KeyHint, CacheFolder, NoCache, NoLock, RetryLock, Compression,
        PackSize, Json, Quiet, Verbose,
    ];

    /// <summary>A setting from the environment: ours first, then restic's.</summary>
    internal static string? Setting(string name) =>
        Environment.GetEnvironmentVariable("HOLDFAST_" + name) is { Length: > 0 } own ? own
        : Environment.GetEnvironmentVariable("RESTIC_" + name) is { Length: > 0 } restic ? restic
        : null;
}
