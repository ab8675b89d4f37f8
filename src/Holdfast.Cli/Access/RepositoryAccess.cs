using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Holdfast.Backend;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Access;

/// <summary>From the options of a command to an open repository.</summary>
/// <param name="named">The options that name it; null for those that every command knows.</param>
internal sealed class RepositoryAccess(ParseResult parsed, Output output, AccessOptions? named = null)
{
    private readonly AccessOptions _named = named ?? GlobalOptions.Access;

    /// <summary>Lock whatever --no-lock says, which is about another repository then.</summary>
    internal bool AlwaysLocks { get; init; }

    /// <summary>The repository of a plan file, which counts where no option names one; null for none.</summary>
    internal PlannedRepository? Planned { get; init; }

    /// <summary>Whether options or environment name a repository.</summary>
    internal bool IsNamed => FindLocation() is not null;

    /// <summary>Opens the repository that the options name, or the one in the state folder.</summary>
    /// <exception cref="BackupException"/>
    /// <exception cref="UsageException"/>
    internal Task<OpenRepository> OpenAsync(CancellationToken cancellation) => OpenAsync(Options(), cancellation);

    /// <summary>The same for a command that must see what the repository itself holds, not what a cache has of it.</summary>
    internal Task<OpenRepository> OpenWithoutCacheAsync(CancellationToken cancellation) =>
        OpenAsync(Options() with { CacheFolder = null }, cancellation);

    private async Task<OpenRepository> OpenAsync(RepositoryOptions options, CancellationToken cancellation)
    {
        string? location = FindLocation();
        var backend = new LocalBackend(location ?? StateFolder.Repository);
        if (await backend.FindSizeAsync(BackendFile.Config, cancellation) is null)
        {
            throw new UsageException(Missing(location, backend), ExitCode.RepositoryMissing);
        }

        string password = UsesStateKey(location)
            ? Password.FromFile(StateFolder.Key)
            : await FindPasswordAsync(isNew: false, cancellation);
        OpenRepository repository = await Repository.Repository.OpenAsync(backend, password, options, cancellation);
        HasStateKey = StateFolder.IsRepository(backend.Location) && IsStateKey(password);
        return repository;
    }

    /// <summary>Whether the repository is the one in the state folder, and was opened with the password in the key file beside it.</summary>
    internal bool HasStateKey { get; private set; }

    /// <summary>The same for a backup, which makes the repository in the state folder where nobody named one and none is there yet.</summary>
    /// <param name="dryRun">Write nothing anywhere: what is not there is made in memory.</param>
    internal async Task<OpenRepository> OpenOrCreateAsync(bool dryRun, CancellationToken cancellation)
    {
        if (FindLocation() is not null || LocalBackend.HoldsRepository(StateFolder.Repository))
        {
            return await OpenAsync(cancellation);
        }

        if (dryRun)
        {
            output.Warn($"there is no repository yet: without --dry-run, this would make an encrypted one at {StateFolder.Repository}");
            return await Repository.Repository.InitializeAsync(
                new MemoryBackend(), NewPassword(), Options() with { CacheFolder = null }, null, cancellation);
        }

        using IDisposable held = await StateFolder.HoldAsync(cancellation);
        if (LocalBackend.HoldsRepository(StateFolder.Repository))
        {
            return await OpenAsync(cancellation); // another first start was faster
        }

        // A key file that is there would win over the environment from the next run on, so it does already now.
        if (Password.IsNamed(parsed, _named) || PlannedPasswordFile is not null || (Password.IsInEnvironment(_named) && !File.Exists(StateFolder.Key)))
        {
            return await InitializeAsync(null, new LocalBackend(StateFolder.Repository), null, cancellation);
        }

        RepositoryOptions options = Options();
        string password = GenerateKey();
        OpenRepository repository = await Repository.Repository.InitializeAsync(
            new LocalBackend(StateFolder.Repository), password, options, null, cancellation);
        output.Warn($"made an encrypted repository at {StateFolder.Repository}, with its key in {StateFolder.Key}");
        output.Warn("KEEP A COPY OF THAT KEY ELSEWHERE: without it, nobody can ever read these backups");
        return repository;
    }

    /// <summary>Makes a repository at the place the options name.</summary>
    internal async Task<OpenRepository> CreateAsync(string? argument, Polynomial? polynomial, CancellationToken cancellation)
    {
        string? given = argument ?? FindLocation();
        string location = Local(given ?? StateFolder.Repository);
        using IDisposable? held = StateFolder.IsRepository(location) ? await StateFolder.HoldAsync(cancellation) : null;
        return await InitializeAsync(given, new LocalBackend(location), polynomial, cancellation);
    }

    /// <summary>Takes a lock, unless the user said not to; null then.</summary>
    /// <param name="meanwhile">Reading to be done under it, begun while the lock takes effect.</param>
    internal async Task<RepositoryLock?> LockAsync(
        OpenRepository repository, bool exclusive, bool writes, Func<CancellationToken, Task> meanwhile, CancellationToken cancellation)
    {
        if (AlwaysLocks || !parsed.GetValue(GlobalOptions.NoLock))
        {
            RepositoryLock hold = await RepositoryLock.AcquireAsync(repository, exclusive, meanwhile, cancellation);

            // Every command ends as cancelled then; only here can it be told from an interruption by the user.
            hold.Lost.Register(() => output.IsLockLost = !cancellation.IsCancellationRequested);
            return hold;
        }

        if (writes)
        {
            throw new UsageException("--no-lock is only for commands that write nothing to the repository");
        }

        await meanwhile(cancellation);
        return null;
    }

    /// <summary>A duration such as <c>90s</c>, <c>5m</c>, <c>1h30m</c> or <c>2d</c>, of at most a hundred years.</summary>
    internal static TimeSpan ParseDuration(string text)
    {
        try
        {
            TimeSpan duration = AddUp(text);
            return duration.TotalDays <= 36525 ? duration : throw new UsageException($"'{text}' is longer than a hundred years");
        }
        catch (OverflowException)
        {
            throw new UsageException($"'{text}' is longer than a hundred years");
        }
    }

    private static TimeSpan AddUp(string text)
    {
        TimeSpan total = TimeSpan.Zero;
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExcept("0123456789.");
            if (digits < 1 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
            {
                throw new UsageException($"'{text}' is no duration: write 30s, 5m, 1h30m or 2d");
            }

            total += rest[digits] switch
            {
                's' => TimeSpan.FromSeconds(value),
                'm' => TimeSpan.FromMinutes(value),
                'h' => TimeSpan.FromHours(value),
                'd' => TimeSpan.FromDays(value),
                _ => throw new UsageException($"'{text}' is no duration: write 30s, 5m, 1h30m or 2d"),
            };
            rest = rest[(digits + 1)..];
        }

        return total;
    }

    private async Task<OpenRepository> InitializeAsync(string? location, LocalBackend backend, Polynomial? polynomial, CancellationToken cancellation)
    {
        // With the password that the next run is going to open it with.
        string password = UsesStateKey(location)
            ? Password.FromFile(StateFolder.Key)
            : await FindPasswordAsync(isNew: true, cancellation);
        return await Repository.Repository.InitializeAsync(backend, password, Options(), polynomial, cancellation);
    }

    private RepositoryOptions Options() =>
        new()
        {
            Compression = GlobalOptions.ChosenCompression(parsed),
            PackSize = GlobalOptions.ChosenPackSize(parsed) << 20,
            CacheFolder = parsed.GetValue(GlobalOptions.NoCache) ? null : parsed.GetValue(GlobalOptions.CacheFolder) ?? StateFolder.Cache,
            KeyHint = parsed.GetValue(_named.KeyHint) ?? _named.Setting("KEY_HINT"),
            LockWait = parsed.GetValue(GlobalOptions.RetryLock) is { } wait ? ParseDuration(wait) : TimeSpan.Zero,
            Warn = output.Warn,
        };

    /// <summary>The location that options or environment name; null where they name none.</summary>
    private string? FindLocation()
    {
        string? given = parsed.GetValue(_named.Repository);
        string? file = parsed.GetValue(_named.RepositoryFile);
        if (given is not null && file is not null)
        {
            throw new UsageException($"{_named.Repository.Name} and {_named.RepositoryFile.Name} exclude each other: give one of them");
        }

        string? location = given ?? (file is not null ? FirstLine(file) : null)
            ?? Planned?.Location
            ?? _named.Setting("REPOSITORY")
            ?? (_named.Setting("REPOSITORY_FILE") is { } settingFile ? FirstLine(settingFile) : null);
        return location is null ? null : Local(location);
    }

    private static string FirstLine(string file)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault() is { Length: > 0 } line
                ? line.Trim()
                : throw new UsageException($"the repository file {file} is empty");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the repository file {file} cannot be read: {e.Message}");
        }
    }

    /// <summary>The folder of a location; other kinds of storage are not known to this version.</summary>
    private static string Local(string location)
    {
        if (location.StartsWith("local:", StringComparison.Ordinal))
        {
            location = location["local:".Length..];
        }

        int colon = location.IndexOf(':');
        if (colon > 1 && location[..colon] is "sftp" or "s3" or "swift" or "rest" or "rclone" or "b2" or "azure" or "gs")
        {
            throw new UsageException($"{location[..colon]}: repositories are not known to this version; give a folder");
        }

        return location.Length > 0 ? location : throw new UsageException("the location of the repository is empty: give a folder with -r");
    }

    /// <summary>
    /// Whether the repository in the state folder is opened with the key file beside it. Where nobody named a repository, a
    /// password in the environment is one for another repository.
    /// </summary>
    private bool UsesStateKey(string? location) =>
        !Password.IsNamed(parsed, _named) && PlannedPasswordFile is null && File.Exists(StateFolder.Key)
        && (location is null || (StateFolder.IsRepository(location) && !Password.IsInEnvironment(_named)));

    /// <summary>The password file of the plan file, unless options name another repository than it does.</summary>
    private string? PlannedPasswordFile =>
        parsed.GetValue(_named.Repository) is null && parsed.GetValue(_named.RepositoryFile) is null ? Planned?.PasswordFile : null;

    private async Task<string> FindPasswordAsync(bool isNew, CancellationToken cancellation) =>
        PlannedPasswordFile is { } file && !Password.IsNamed(parsed, _named)
            ? Password.FromFile(file) is { Length: > 0 } password ? password : throw new UsageException($"the password file {file} is empty")
            : await Password.FindAsync(parsed, _named, output, isNew, cancellation);

    private static bool IsStateKey(string password)
    {
        try
        {
            return File.Exists(StateFolder.Key) && Password.FromFile(StateFolder.Key) == password;
        }
        catch (UsageException)
        {
            return false; // one that cannot be used anyhow
        }
    }

    private static string Missing(string? location, LocalBackend backend) => location is null
        ? $"there is no repository yet: `holdfast backup PATH` makes one at {backend.Location}, or name another with -r"
        : $"there is no repository at {backend.Location}: check the path, or make one with `holdfast -r {backend.Location} init`";

    /// <summary>A password of 256 random bits in a file that only its owner can read. One left by an earlier attempt is used again.</summary>
    private static string GenerateKey()
    {
        if (File.Exists(StateFolder.Key))
        {
            return Password.FromFile(StateFolder.Key);
        }

        string password = NewPassword();
        StateFolder.UseKey(StateFolder.WriteKeyAside(password)); // D7: the key is durable before anything is encrypted with it
        return password;
    }

    private static string NewPassword() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
}
