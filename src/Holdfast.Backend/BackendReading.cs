namespace Holdfast.Backend;

/// <summary>Reading whole files and whole listings, for every backend alike.</summary>
public static class BackendReading
{
    /// <summary>The whole content of a file.</summary>
    /// <param name="maxLength">A larger file is refused before anything is allocated, in bytes.</param>
    /// <exception cref="BackupException">Kind NotFound or Corrupt, or what the backend says.</exception>
    public static async Task<byte[]> ReadAllAsync(this IBackend backend, BackendFile file, long maxLength, CancellationToken cancellation)
    {
        long size = await backend.FindSizeAsync(file, cancellation).ConfigureAwait(false)
            ?? throw new BackupException(BackupErrorKind.NotFound, $"{file} is not in the repository at {backend.Location}");
        if (size > maxLength)
        {
            throw BackupException.Corrupt($"{file} in the repository at {backend.Location} has {size} bytes, more than any valid file of its kind");
        }

        var content = new byte[size];
        int read = await backend.ReadAsync(file, 0, content, cancellation).ConfigureAwait(false);
        return read == size
            ? content
            : throw BackupException.Corrupt($"{file} in the repository at {backend.Location} is truncated");
    }

    /// <summary>All files of a type at once.</summary>
    /// <exception cref="BackupException"/>
    public static async Task<List<BackendEntry>> ListAllAsync(this IBackend backend, FileType type, CancellationToken cancellation)
    {
        var entries = new List<BackendEntry>();
        await foreach (BackendEntry entry in backend.ListAsync(type, cancellation).ConfigureAwait(false))
        {
            entries.Add(entry);
        }

        return entries;
    }
}
