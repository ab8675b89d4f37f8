using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Crash.Tests;

/// <summary>All files of a repository at one moment. Immutable.</summary>
internal sealed class RepositoryImage
{
    private static readonly FileType[] Listed = [.. Enum.GetValues<FileType>().Where(t => t is not (FileType.Config or FileType.Setting))];

    private readonly Dictionary<BackendFile, byte[]> _files;

    private RepositoryImage(Dictionary<BackendFile, byte[]> files) => _files = files;

    internal static async Task<RepositoryImage> OfAsync(IBackend backend)
    {
        var files = new Dictionary<BackendFile, byte[]>();
        foreach (FileType type in Listed)
        {
            foreach (BackendEntry entry in await backend.ListAllAsync(type))
            {
                files.Add(entry.File, await backend.ReadAllAsync(entry.File));
            }
        }

        foreach (BackendFile single in (BackendFile[])[BackendFile.Config, BackendFile.ParitySetting])
        {
            if (await backend.FindSizeAsync(single, TestContext.Current.CancellationToken) is not null)
            {
                files.Add(single, await backend.ReadAllAsync(single));
            }
        }

        return new(files);
    }

    internal BackendFile[] FilesOf(FileType type) => [.. _files.Keys.Where(f => f.Type == type).OrderBy(f => f.Name, StringComparer.Ordinal)];

    internal RepositoryImage Without(BackendFile file) => new(_files.Where(f => f.Key != file).ToDictionary());

    internal RepositoryImage With(BackendFile file, byte[] content) => new(new Dictionary<BackendFile, byte[]>(_files) { [file] = content });

    internal RepositoryImage With(BackendFile file, Action<byte[]> change)
    {
        byte[] changed = [.. _files[file]];
        change(changed);
        return With(file, changed);
    }

    internal byte[] this[BackendFile file] => _files[file];

    internal async Task<MemoryBackend> InMemoryAsync()
    {
        var memory = new MemoryBackend();
        foreach ((BackendFile file, byte[] content) in _files)
        {
            await memory.SaveAsync(file, content, TestContext.Current.CancellationToken);
        }

        return memory;
    }

    internal void WriteTo(string folder)
    {
        foreach (FileType type in Listed)
        {
            Directory.CreateDirectory(Path.Combine(folder, BackendFile.Folder(type)));
        }

        foreach ((BackendFile file, byte[] content) in _files)
        {
            string path = Path.Combine(folder, file.RelativePath);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
        }
    }
}
