using System.CommandLine;
using System.Globalization;
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
        Description = "shell command that prints the password", HelpName = "command", Recursive = true,
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
        DefaultValueFactory = _ => CompressionMode.Auto,
    };

    internal static readonly Option<int> PackSize = new("--pack-size")
    {
        Description = "size of packs in MiB, 4 to 128", HelpName = "MiB", Recursive = true,
        DefaultValueFactory = _ => 16,
    };

    internal static readonly Option<bool> Json = new("--json") { Description = "print JSON, with restic's members where restic has them", Recursive = true };

    internal static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "print nothing but errors", Recursive = true };

    /// <remarks>Only how often it is given counts: <see cref="Verbosity"/>.</remarks>
    internal static readonly Option<bool> Verbose = new("--verbose", "-v")
    {
        Description = "tell more; twice, every file", Arity = ArgumentArity.Zero, Recursive = true,
    };

    /// <summary>Those of them that name the repository and its password.</summary>
    internal static readonly AccessOptions Access = new(Repository, RepositoryFile, PasswordFile, PasswordCommand, KeyHint, string.Empty, "the repository");

    internal static IEnumerable<Option> All =>
    [
        Repository, RepositoryFile, PasswordFile, PasswordCommand, KeyHint, CacheFolder, NoCache, NoLock, RetryLock, Compression,
        PackSize, Json, Quiet, Verbose,
    ];

    /// <summary>How often -v is given; -vv is twice.</summary>
    internal static int Verbosity(ParseResult parsed) => parsed.GetResult(Verbose)?.IdentifierTokenCount ?? 0;

    /// <exception cref="UsageException">The variable in the environment says something else than a mode.</exception>
    internal static CompressionMode ChosenCompression(ParseResult parsed) =>
        IsGiven(parsed, Compression) || SettingName("COMPRESSION") is not { } variable ? parsed.GetValue(Compression)
        // Digits are no names, though the enumeration would take them.
        : Setting("COMPRESSION") is { } text && text.All(char.IsAsciiLetter) && Enum.TryParse(text, ignoreCase: true, out CompressionMode mode) ? mode
        : throw new UsageException($"{variable} is '{Setting("COMPRESSION")}': it can be off, fastest, auto, better or max");

    /// <summary>In MiB.</summary>
    /// <exception cref="UsageException">Out of range, on the command line or in the environment.</exception>
    internal static int ChosenPackSize(ParseResult parsed)
    {
        if (!IsGiven(parsed, PackSize) && SettingName("PACK_SIZE") is { } variable)
        {
            return int.TryParse(Setting("PACK_SIZE"), NumberStyles.None, CultureInfo.InvariantCulture, out int set) && set is >= 4 and <= 128
                ? set
                : throw new UsageException($"{variable} is '{Setting("PACK_SIZE")}': it can be 4 to 128, in MiB");
        }

        int size = parsed.GetValue(PackSize);
        return size is >= 4 and <= 128 ? size : throw new UsageException($"the pack size {size} MiB is out of range: 4 to 128");
    }

    /// <summary>A setting from the environment: ours first, then restic's.</summary>
    internal static string? Setting(string name) =>
        SettingName(name) is { } variable ? Environment.GetEnvironmentVariable(variable) : null;

    private static string? SettingName(string name) =>
        ((string[])["HOLDFAST_" + name, "RESTIC_" + name]).FirstOrDefault(v => Environment.GetEnvironmentVariable(v) is { Length: > 0 });

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };
}
