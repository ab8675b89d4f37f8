using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Holdfast.Backend;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Access;

/// <summary>From the options of a command to an open repository.</summary>
internal sealed class RepositoryAccess(ParseResult parsed, Output output)
{
    /// <summary>Opens the repository that the options name, or the one in the state folder.</summary>
    /// <exception cref="BackupException"/>
    /// <exception cref="UsageException"/>
    internal async Task<OpenRepository> OpenAsync(CancellationToken cancellation)
    {
        string? location = FindLocation();
        RepositoryOptions options = Options();
        var backend = new LocalBackend(location ?? StateFolder.Repository);
        if (await backend.FindSizeAsync(BackendFile.Config, cancellation) is null)
        {
            throw new UsageException(Missing(location, backend), ExitCode.RepositoryMissing);
        }

        string password = IsGenerated(location)
            ? Password.FromFile(StateFolder.Key)
            : await Password.FindAsync(parsed, output, isNew: false, cancellation);
        return await Repository.Repository.OpenAsync(backend, password, options, cancellation);
    }

    /// <summary>The same for a backup, which makes the repository in the state folder where nobody named one and none is there yet.</summary>
    internal async Task<OpenRepository> OpenOrCreateAsync(CancellationToken cancellation)
    {
        if (FindLocation() is not null || LocalBackend.HoldsRepository(StateFolder.Repository))
        {
            return await OpenAsync(cancellation);
        }

        if (HasOwnPassword())
        {
            return await InitializeAsync(new LocalBackend(StateFolder.Repository), null, cancellation);
        }

        string password = GenerateKey();
        OpenRepository repository = await Repository.Repository.InitializeAsync(
            new LocalBackend(StateFolder.Repository), password, Options(), null, cancellation);
        output.Warn($"made an encrypted repository at {StateFolder.Repository}, with its key in {StateFolder.Key}");
        output.Warn("KEEP A COPY OF THAT KEY ELSEWHERE: without it, nobody can ever read these backups");
        return repository;
    }

    /// <summary>Makes a repository at the place the options name.</summary>
    internal async Task<OpenRepository> CreateAsync(string? argument, Polynomial? polynomial, CancellationToken cancellation)
    {
        string location = argument ?? FindLocation() ?? StateFolder.Repository;
        return await InitializeAsync(new LocalBackend(Local(location)), polynomial, cancellation);
    }

    /// <summary>Takes a lock, unless the user said not to; null then.</summary>
    internal async Task<RepositoryLock?> LockAsync(OpenRepository repository, bool exclusive, bool writes, CancellationToken cancellation)
    {
        if (!parsed.GetValue(GlobalOptions.NoLock))
        {
            return await RepositoryLock.AcquireAsync(repository, exclusive, cancellation);
        }

        return writes
            ? throw new UsageException("--no-lock is only for commands that write nothing to the repository")
            : null;
    }

    /// <summary>A duration such as <c>90s</c>, <c>5m</c>, <c>1h30m</c> or <c>2d</c>.</summary>
    internal static TimeSpan ParseDuration(string text)
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

    private async Task<OpenRepository> InitializeAsync(LocalBackend backend, Polynomial? polynomial, CancellationToken cancellation)
    {
        string password = await Password.FindAsync(parsed, output, isNew: true, cancellation);
        return await Repository.Repository.InitializeAsync(backend, password, Options(), polynomial, cancellation);
    }

    private RepositoryOptions Options()
    {
        int packSize = parsed.GetValue(GlobalOptions.PackSize);
        if (packSize is < 4 or > 128)
        {
            throw new UsageException($"the pack size {packSize} MiB is out of range: 4 to 128");
        }

        return new()
        {
            Compression = parsed.GetValue(GlobalOptions.Compression),
            PackSize = packSize << 20,
            CacheFolder = parsed.GetValue(GlobalOptions.NoCache) ? null : parsed.GetValue(GlobalOptions.CacheFolder) ?? StateFolder.Cache,
            KeyHint = parsed.GetValue(GlobalOptions.KeyHint) ?? GlobalOptions.Setting("KEY_HINT"),
            LockWait = parsed.GetValue(GlobalOptions.RetryLock) is { } wait ? ParseDuration(wait) : TimeSpan.Zero,
            WithoutLock = parsed.GetValue(GlobalOptions.NoLock),
            Warn = output.Warn,
        };
    }

    /// <summary>The location that options or environment name; null where they name none.</summary>
    private string? FindLocation()
    {
        string? named = parsed.GetValue(GlobalOptions.Repository);
        string? file = parsed.GetValue(GlobalOptions.RepositoryFile);
        if (named is not null && file is not null)
        {
            throw new UsageException("--repo and --repository-file exclude each other: give one of them");
        }

        string? location = named ?? (file is not null ? FirstLine(file) : null)
            ?? GlobalOptions.Setting("REPOSITORY")
            ?? (GlobalOptions.Setting("REPOSITORY_FILE") is { } settingFile ? FirstLine(settingFile) : null);
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

    /// <summary>Whether the repository in the state folder is opened with the key that was generated for it.</summary>
    private bool IsGenerated(string? location) =>
        !HasOwnPassword() && (location is null || Path.GetFullPath(location) == StateFolder.Repository) && File.Exists(StateFolder.Key);

    private bool HasOwnPassword() =>
        parsed.GetValue(GlobalOptions.PasswordFile) is not null || parsed.GetValue(GlobalOptions.PasswordCommand) is not null
        || GlobalOptions.Setting("PASSWORD_FILE") is not null || GlobalOptions.Setting("PASSWORD_COMMAND") is not null
        || GlobalOptions.Setting("PASSWORD") is not null;

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

        System.IO.Directory.CreateDirectory(StateFolder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        using DirectoryHandle folder = DirectoryHandle.Open(StateFolder.Path);
        using (LinuxFile file = folder.CreateFile("repository.key.new"u8, 0x180))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(password + "\n"));
            file.Sync();
        }

        folder.Rename("repository.key.new"u8, "repository.key"u8);
        folder.Sync(); // D7: the key is durable before anything is encrypted with it
        return password;
    }
}
