using Holdfast.Archiver;
using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>
/// What a git directory has beside objects and references: configuration, hooks, reflogs, index, LFS objects, working trees; and
/// the repositories in it, which are those of its submodules.
/// </summary>
/// <param name="target">The git directory in the snapshot.</param>
internal sealed class GitFiles(SourceWriter writer, string target)
{
    private const int ReadSize = 256 << 10;

    private const string LargeObjects = "/lfs/objects";
    private const string Modules = "/modules";

    private static readonly string[] Elsewhere = ["HEAD", "packed-refs", "refs", "objects"];

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ReadSize);

    /// <summary>Git directories below this one, which are to be captured as such.</summary>
    internal List<string> Repositories { get; } = [];

    /// <summary>Captures what names objects, or has nothing to do with them.</summary>
    /// <exception cref="LinuxException"/>
    internal async Task CaptureAsync(string folder, CancellationToken cancellation)
    {
        using DirectoryHandle handle = DirectoryHandle.Open(folder);
        await CaptureAsync(handle, string.Empty, cancellation).ConfigureAwait(false);
    }

    /// <summary>Captures what commits name: LFS objects, and finds the repositories of submodules. After this, <see cref="Repositories"/> has all.</summary>
    /// <exception cref="LinuxException"/>
    internal async Task CaptureNamedAsync(string folder, CancellationToken cancellation)
    {
        using DirectoryHandle handle = DirectoryHandle.Open(folder);
        await TryCaptureAsync(handle, "modules"u8.ToArray(), Modules, cancellation).ConfigureAwait(false);
        if (handle.TryStatus("lfs"u8, out FileStatus status) && status.IsDirectory)
        {
            using DirectoryHandle lfs = handle.OpenDirectory("lfs"u8);
            await TryCaptureAsync(lfs, "objects"u8.ToArray(), LargeObjects, cancellation).ConfigureAwait(false);
        }
    }

    private async Task CaptureAsync(DirectoryHandle folder, string below, CancellationToken cancellation)
    {
        writer.AddFolder(target + below);
        foreach (byte[] raw in folder.ReadNames())
        {
            string name = PathText.Decode(raw), path = $"{below}/{name}";
            if ((below.Length > 0 || !Elsewhere.Contains(name)) && path is not ("/lfs/tmp" or LargeObjects or Modules))
            {
                await TryCaptureAsync(folder, raw, path, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task TryCaptureAsync(DirectoryHandle folder, byte[] name, string path, CancellationToken cancellation)
    {
        try
        {
            await CaptureEntryAsync(folder, name, path, cancellation).ConfigureAwait(false);
        }
        catch (LinuxException e) when (e.IsMissing)
        {
            // What comes and goes here while git works is of the work, not of the repository.
        }
    }

    private async Task CaptureEntryAsync(DirectoryHandle folder, byte[] name, string path, CancellationToken cancellation)
    {
        FileStatus status = folder.Status(name);
        if (!status.IsDirectory && IsLock(path))
        {
            return;
        }

        if (status.Kind == FileKind.SymbolicLink)
        {
            writer.AddLink(target + path, folder.ReadLink(name));
        }
        else if (status.IsDirectory)
        {
            using DirectoryHandle child = folder.OpenDirectory(name);
            if (GitFolder.IsRepository(child))
            {
                Repositories.Add(path);
            }
            else
            {
                await CaptureAsync(child, path, cancellation).ConfigureAwait(false);
            }
        }
        else if (status.Kind == FileKind.Regular)
        {
            using LinuxFile file = folder.OpenFile(name);
            await CopyAsync(file, path, (status.Permissions & Convert.ToUInt32("111", 8)) != 0, cancellation).ConfigureAwait(false);
        }
    }

    private async Task CopyAsync(LinuxFile file, string path, bool isExecutable, CancellationToken cancellation)
    {
        using SourceFile copy = writer.CreateFile(target + path, ChunkGrain.Coarse, isExecutable);
        int count;
        while ((count = file.ReadFull(_buffer)) > 0)
        {
            await copy.WriteAsync(_buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
        }

        await copy.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>A lock would lock the restored repository, with nobody to remove it.</summary>
    private static bool IsLock(string path) =>
        path.EndsWith(".lock", StringComparison.Ordinal) && !path.StartsWith("/hooks/", StringComparison.Ordinal) && !path.StartsWith("/lfs/", StringComparison.Ordinal);
}
