using System.Runtime.CompilerServices;
using Holdfast.Linux;

namespace Holdfast.Backend;

/// <summary>A repository in a local folder, laid out as restic's default layout. Thread-safe.</summary>
public sealed partial class LocalBackend : IBackend
{
    /// <summary>A network file system may name for a while what is gone; then what is left is taken.</summary>
    private const int MostListings = 10;

    private const uint FolderPermissions = 0x1C0; // 0700
    private const uint TemporaryPermissions = 0x180; // 0600
    private const uint FilePermissions = 0x100; // 0400, as restic leaves them

    /// <summary>Below this, the kernel reads ahead better than we do.</summary>
    private const int LeastPastCache = 256 << 10;

    private readonly string _root;

    public LocalBackend(string root) => _root = root.Length > 1 ? root.TrimEnd('/') : root;

    public string Location => _root;

    /// <remarks>One: while a pack goes to the disk, the next is filled; a second would only cost memory.</remarks>
    public int Connections => 1;

    /// <remarks>On a disk of this machine. Not on NFS, SMB and FUSE, nor on overlays, which may lie on any of these.</remarks>
    public bool ShowsAtOnce
    {
        get
        {
            try
            {
                using DirectoryHandle root = DirectoryHandle.Open(_root);
                return root.IsOnOwnDisk();
            }
            catch (LinuxException)
            {
                return false; // whoever uses the folder next meets the error
            }
        }
    }

    public Task CreateAsync(CancellationToken cancellation)
    {
        Translate<object?>(() =>
        {
            using DirectoryHandle root = OpenOrCreate(_root);
            foreach (FileType type in (FileType[])[FileType.Key, FileType.Lock, FileType.Snapshot, FileType.Index, FileType.Pack])
            {
                Create(root, BackendFile.Folder(type));
            }

            root.Sync();
            using DirectoryHandle packs = root.OpenDirectory("data"u8);
            for (int i = 0; i < 256; i++)
            {
                Create(packs, i.ToString("x2"));
            }

            packs.Sync();
            return null;
        });
        return Task.CompletedTask;
    }

    /// <remarks>
    /// On a thread of its own, because the wait for the disk is long: the pool has as many threads as there are processors, and adds to
    /// them only after a while, so one that waits would leave its processor idle.
    /// </remarks>
    public Task SaveAsync(BackendFile file, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        OnOwnThread<object?>(() => { Save(file, content.Span, replacesConfig: false); return null; }, cancellation);

    public Task ReplaceConfigAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation) => Task.Run(
        () => Translate<object?>(() =>
        {
            if (!HoldsRepository(_root))
            {
                throw Missing(BackendFile.Config);
            }

            Save(BackendFile.Config, content.Span, replacesConfig: true);
            return null;
        }),
        cancellation);

    public Task<long?> FindSizeAsync(BackendFile file, CancellationToken cancellation) =>
        Task.FromResult(Translate(() =>
        {
            using DirectoryHandle? folder = TryOpenFolder(file);
            return folder is not null && folder.TryStatus(FileName(file), out FileStatus status) ? status.Size : (long?)null;
        }));

    public Task<DateTimeOffset?> FindTimeAsync(BackendFile file, CancellationToken cancellation) =>
        Task.FromResult(Translate(() =>
        {
            using DirectoryHandle? folder = TryOpenFolder(file);
            return folder is not null && folder.TryStatus(FileName(file), out FileStatus status) ? status.ModifyTime.ToDateTimeOffset() : (DateTimeOffset?)null;
        }));

    /// <remarks>
    /// What is large and begins at a page, in file and memory, comes past the page cache unless it is there: a copy less, and the machine
    /// keeps what it works with. The wait for it is that of a save: on a thread of its own.
    /// </remarks>
    public Task<int> ReadAsync(BackendFile file, long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        LinuxFile open = Translate(() => Open(file));
        return buffer.Length < LeastPastCache || open.MayBeCached(offset)
            ? Task.FromResult(Translate(() => { using (open) { return open.ReadAt(buffer.Span, offset); } }))
            : OnOwnThread(() => { using (open) { return open.ReadAtPastCache(buffer.Span, offset); } }, cancellation);
    }

    public async IAsyncEnumerable<BackendEntry> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (string folderPath in Folders(type))
        {
            foreach (BackendEntry entry in Translate(() => ListFolder(type, folderPath)))
            {
                cancellation.ThrowIfCancellationRequested();
                yield return entry;
            }
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    public Task<bool> HasPlaceAsync(FileType type, CancellationToken cancellation) =>
        Task.FromResult(Translate(() =>
        {
            using DirectoryHandle? folder = TryOpen($"{_root}/{BackendFile.Folder(type)}");
            return folder is not null;
        }));

    public Task RemoveAsync(BackendFile file, CancellationToken cancellation)
    {
        Translate<object?>(() =>
        {
            using DirectoryHandle? folder = TryOpenFolder(file);
            try
            {
                folder?.RemoveFile(FileName(file));
                folder?.Sync();
            }
            catch (LinuxException e) when (e.IsMissing)
            {
                // Gone already: somebody else removed it, perhaps just now.
            }

            return null;
        });
        return Task.CompletedTask;
    }

    public Task<long?> FindFreeSpaceAsync(CancellationToken cancellation)
    {
        try
        {
            return Task.FromResult<long?>(new DriveInfo(_root).AvailableFreeSpace);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(BackupErrorKind.Unreachable, $"repository {_root}: {e.Message}", e);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Whether a folder holds a repository, or at least the beginning of one.</summary>
    public static bool HoldsRepository(string root)
    {
        using DirectoryHandle? folder = TryOpen(root);
        return folder is not null && folder.TryStatus("config"u8, out FileStatus status) && status.Kind == FileKind.Regular;
    }

    private static byte[] FileName(BackendFile file) =>
        PathText.Encode(file.Type == FileType.Config ? "config" : file.Name);

    private static List<BackendEntry> ListFolder(FileType type, string path)
    {
        var entries = new List<BackendEntry>();
        for (int listing = 1; !TryListFolder(type, path, entries) && listing < MostListings; listing++)
        {
            entries.Clear();
        }

        return entries;
    }

    /// <summary>
    /// False where a file went away after its name was read: what takes its place, as with a lock that is written anew, may have come
    /// after that too, and a listing must show one of the two.
    /// </summary>
    private static bool TryListFolder(FileType type, string path, List<BackendEntry> entries)
    {
        bool isOfOneMoment = true;
        using DirectoryHandle? folder = TryOpen(path);
        foreach (byte[] bytes in folder?.ReadNames() ?? [])
        {
            string name = PathText.Decode(bytes);
            if (!BackendFile.IsName(name))
            {
                continue;
            }

            if (!folder!.TryStatus(bytes, out FileStatus status))
            {
                isOfOneMoment = false;
            }
            else if (status.Kind == FileKind.Regular)
            {
                entries.Add(new(new(type, name), status.Size));
            }
        }

        return isOfOneMoment;
    }

    private static void Create(DirectoryHandle parent, string name)
    {
        try
        {
            parent.CreateDirectory(PathText.Encode(name), FolderPermissions);
        }
        catch (LinuxException e) when (e.Error == Errno.Exists)
        {
            // As it should be; if it is no directory, opening it will say so.
        }
    }

    /// <summary>Opens a directory, made durably with its parents where it is missing.</summary>
    private static DirectoryHandle OpenOrCreate(string path)
    {
        if (TryOpen(path) is { } existing)
        {
            return existing;
        }

        using DirectoryHandle parent = OpenOrCreate(Path.GetDirectoryName(path) is { Length: > 0 } p ? p : ".");
        Create(parent, Path.GetFileName(path));
        parent.Sync();
        return DirectoryHandle.Open(path);
    }

    /// <summary>Opens a directory; null where there is none. One that may not be read is an error, not an empty one.</summary>
    private static DirectoryHandle? TryOpen(string path)
    {
        try
        {
            return DirectoryHandle.Open(path);
        }
        catch (LinuxException e) when (e.Error == Errno.NoEntry)
        {
            return null;
        }
    }

    private void Save(BackendFile file, ReadOnlySpan<byte> content, bool replacesConfig)
    {
        using DirectoryHandle folder = OpenFolderForSaving(file);
        byte[] name = FileName(file);

        // The same form of temporary name that restic's local backend uses, so that neither tool takes it for a file.
        byte[] temporary = [.. name, .. "-tmp-"u8, .. PathText.Encode(Guid.NewGuid().ToString("n"))];
        try
        {
            using (LinuxFile aside = folder.CreateFile(temporary, TemporaryPermissions))
            {
                aside.WritePastCache(content);
                aside.ChangePermissions(FilePermissions);
                aside.Sync(); // D1: content first …
            }

            if (file.Type == FileType.Config && !replacesConfig)
            {
                PublishOnce(folder, temporary, name);
            }
            else
            {
                folder.Rename(temporary, name); // D17: for a config too, there is the old one or the new one
            }

            folder.Sync(); // D1: … then the name
        }
        catch (LinuxException)
        {
            RemoveQuietly(folder, temporary);
            throw;
        }
    }

    /// <summary>Gives a file its name unless the name is taken: of two that make a repository in the same place, one must fail.</summary>
    private static void PublishOnce(DirectoryHandle folder, byte[] temporary, byte[] name)
    {
        try
        {
            folder.CreateHardLink(name, folder, temporary);
            folder.RemoveFile(temporary);
        }
        catch (LinuxException e) when (e.Error is Errno.NotPermitted or Errno.NotSupported && !folder.TryStatus(name, out _))
        {
            folder.Rename(temporary, name); // a file system without hard links
        }
    }

    /// <summary>Removes what a failed save left; the failure already under way is the one to report.</summary>
    private static void RemoveQuietly(DirectoryHandle folder, byte[] name)
    {
        try
        {
            if (folder.TryStatus(name, out _))
            {
                folder.RemoveFile(name);
            }
        }
        catch (LinuxException)
        {
            // Left behind: a later prune passes over it, and its name says what it is.
        }
    }

    private IEnumerable<string> Folders(FileType type) => type is FileType.Pack or FileType.Parity
        ? Enumerable.Range(0, 256).Select(i => $"{_root}/{BackendFile.Folder(type)}/{i:x2}")
        : [$"{_root}/{BackendFile.Folder(type)}"];

    private DirectoryHandle? TryOpenFolder(BackendFile file) => TryOpen(FolderPath(file));

    private string FolderPath(BackendFile file)
    {
        string relative = file.RelativePath;
        int end = relative.LastIndexOf('/');
        return end < 0 ? _root : $"{_root}/{relative[..end]}";
    }

    /// <summary>
    /// The folder to save into. Empty folders get lost when a repository is copied through an object store or version
    /// control; but below the mount point of a disk that is away nothing is made.
    /// </summary>
    private DirectoryHandle OpenFolderForSaving(BackendFile file) =>
        TryOpenFolder(file)
        ?? (HoldsRepository(_root)
            ? OpenOrCreate(FolderPath(file))
            : throw new BackupException(BackupErrorKind.NotFound, $"there is no repository at {_root} (any more)"));

    private LinuxFile Open(BackendFile file)
    {
        using DirectoryHandle folder = TryOpenFolder(file) ?? throw Missing(file);
        return folder.OpenFile(FileName(file));
    }

    private BackupException Missing(BackendFile file) =>
        new(BackupErrorKind.NotFound, $"{file} is not in the repository at {_root}");

    internal Task<T> OnOwnThread<T>(Func<T> action, CancellationToken cancellation) => Task.Factory.StartNew(
        () => Translate(action), cancellation, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    internal T Translate<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (LinuxException e)
        {
            BackupErrorKind kind = e switch
            {
                { IsMissing: true } => BackupErrorKind.NotFound,
                { IsOutOfSpace: true } => BackupErrorKind.NoSpace,
                { Error: Errno.Exists } => BackupErrorKind.Refused,
                _ => BackupErrorKind.Unreachable,
            };
            string advice = kind == BackupErrorKind.NoSpace ? $"; free some space where {_root} lies, then run again" : string.Empty;
            throw new BackupException(kind, $"repository {_root}: {e.Message}{advice}", e, e.Error is Errno.InputOutput or Errno.TryAgain);
        }
    }
}
