using System.Security.Cryptography;
using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>The door to a repository: making one and opening one. What can be done inside hangs on <see cref="OpenRepository"/>.</summary>
public static class Repository
{
    /// <summary>Makes a repository of version 2 and opens it.</summary>
    /// <param name="polynomial">The chunker's polynomial; null for a new random one.</param>
    /// <exception cref="BackupException">Kind Refused where there is one already.</exception>
    public static async Task<OpenRepository> InitializeAsync(
        IBackend backend, string password, RepositoryOptions options, Polynomial? polynomial, CancellationToken cancellation)
    {
        if (await backend.FindSizeAsync(BackendFile.Config, cancellation).ConfigureAwait(false) is not null)
        {
            throw new BackupException(BackupErrorKind.Refused, $"there is a repository at {backend.Location} already");
        }

        await foreach (BackendEntry key in backend.ListAsync(FileType.Key, cancellation).ConfigureAwait(false))
        {
            throw new BackupException(
                BackupErrorKind.Refused, $"{backend.Location} holds {key.File}, but no config: a damaged repository, or one half made; it is left alone");
        }

        await backend.CreateAsync(cancellation).ConfigureAwait(false);
        MasterKey master = MasterKey.Random();
        KeyId keyId = await OpenRepository.SaveKeyAsync(backend, master, password, options.Time.GetLocalNow(), cancellation).ConfigureAwait(false);

        var config = new RepositoryConfig(
            RepositoryConfig.NewestVersion, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), polynomial ?? Polynomial.Random());
        var document = new ConfigDocument(config.Version, config.Id, config.Polynomial.ToString());
        using var sealer = new Sealer(master);
        byte[] message = sealer.Seal(JsonSerializer.SerializeToUtf8Bytes(document, RepositoryJson.Default.ConfigDocument));

        // D2: the config comes last; until it is there, there is no repository. Where another got there first, our key goes.
        try
        {
            await backend.SaveAsync(BackendFile.Config, message, cancellation).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Refused)
        {
            await backend.RemoveAsync(new(FileType.Key, keyId.ToString()), CancellationToken.None).ConfigureAwait(false);
            throw new BackupException(BackupErrorKind.Refused, $"there is a repository at {backend.Location} already", e);
        }

        return new(WithCache(backend, config, options), config, master, keyId, options);
    }

    /// <summary>Opens a repository of version 1 or 2.</summary>
    /// <exception cref="BackupException">Kind NotFound, WrongPassword, Corrupt or Unsupported.</exception>
    public static async Task<OpenRepository> OpenAsync(
        IBackend backend, string password, RepositoryOptions options, CancellationToken cancellation)
    {
        if (await backend.FindSizeAsync(BackendFile.Config, cancellation).ConfigureAwait(false) is null)
        {
            throw new BackupException(
                BackupErrorKind.NotFound, $"there is no repository at {backend.Location}: name another with -r, or make one with `holdfast init`");
        }

        (MasterKey master, KeyId keyId) = await FindKeyAsync(backend, password, options, cancellation).ConfigureAwait(false);
        byte[] message = await backend.ReadAllAsync(BackendFile.Config, Limits.SmallFile, cancellation).ConfigureAwait(false);
        RepositoryConfig config = ReadConfig(message, master, backend.Location);
        return new(WithCache(backend, config, options), config, master, keyId, options);
    }

    /// <param name="message">The sealed config; destroyed.</param>
    internal static RepositoryConfig ReadConfig(byte[] message, MasterKey master, string location)
    {
        string name = $"the config of the repository at {location}";
        using var sealer = new Sealer(master);
        if (!sealer.TryOpenInPlace(message))
        {
            throw BackupException.Corrupt($"{name} is damaged: its authentication code does not match");
        }

        ConfigDocument document = RepositoryJson.Read(
            message.AsSpan()[Sealer.IvLength..^Linux.Poly1305.TagLength], RepositoryJson.Default.ConfigDocument, name);
        if (document.Version is < RepositoryConfig.OldestVersion or > RepositoryConfig.NewestVersion)
        {
            throw new BackupException(BackupErrorKind.Unsupported, $"{name} says version {document.Version}; versions 1 and 2 are known");
        }

        if (document.Id is not { } id || !BackendFile.IsName(id) || document.ChunkerPolynomial is null
            || !Polynomial.TryParse(document.ChunkerPolynomial, out Polynomial polynomial)
            || polynomial.Degree != Polynomial.ChunkerDegree || !polynomial.IsIrreducible)
        {
            throw BackupException.Corrupt($"{name} is damaged: it lacks its id or a valid polynomial");
        }

        return new(document.Version, id, polynomial);
    }

    private static async Task<(MasterKey Master, KeyId Id)> FindKeyAsync(
        IBackend backend, string password, RepositoryOptions options, CancellationToken cancellation)
    {
        var files = new List<BackendFile>();
        await foreach (BackendEntry entry in backend.ListAsync(FileType.Key, cancellation).ConfigureAwait(false))
        {
            files.Add(entry.File);
        }

        if (files.Count == 0)
        {
            throw BackupException.Corrupt($"the repository at {backend.Location} has no key file: without one it cannot be opened");
        }

        files.Sort((left, right) => Preference(left).CompareTo(Preference(right)));
        BackupException? damage = null;
        foreach (BackendFile file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                byte[] content = await backend.ReadAllAsync(file, Limits.SmallFile, cancellation).ConfigureAwait(false);
                if (KeyFile.TryOpen(KeyFile.Parse(content, file.ToString()), password, file.ToString()) is { } master)
                {
                    return (master, new(Hash256.Parse(file.Name)));
                }

                // Only now: a key that opens is authentic, whatever a copy may have done to its name.
                if (Hash256.Of(content).ToString() != file.Name)
                {
                    damage = BackupException.Corrupt($"{file} in the repository at {backend.Location} is damaged: its content does not match its name");
                }
            }
            catch (BackupException e) when (e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.Unsupported)
            {
                damage = e; // another key may still open
            }
            catch (BackupException e) when (e.Kind == BackupErrorKind.NotFound)
            {
                // Removed by somebody since it was listed.
            }
        }

        throw damage is not null && files.Count == 1
            ? damage
            : new BackupException(
                BackupErrorKind.WrongPassword,
                $"wrong password: no key of the repository at {backend.Location} opens with it{(damage is null ? string.Empty : $"; but {damage.Message}")}");

        int Preference(BackendFile file) => options.KeyHint is { } hint && file.Name.StartsWith(hint, StringComparison.Ordinal) ? 0 : 1;
    }

    private static IBackend WithCache(IBackend backend, RepositoryConfig config, RepositoryOptions options) =>
        options.CacheFolder is { } folder ? CacheBackend.Wrap(backend, folder, config.Id, options.Warn) : backend;
}
