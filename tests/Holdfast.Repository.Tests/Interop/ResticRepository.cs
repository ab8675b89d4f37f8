using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Interop;

/// <summary>A repository on disk that stock restic made, with one backup of a small folder; shared, so nobody may change it.</summary>
public sealed class ResticRepository : IAsyncLifetime
{
    internal const string Password = "correct horse";

    private readonly TempFolder _temp = new();

    internal string Path => _temp["repository"];

    internal byte[] LargeFile { get; } = new Random(1).Bytes(3 << 20);

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_temp["source"]);
        File.WriteAllBytes($"{_temp["source"]}/large", LargeFile);
        File.WriteAllText($"{_temp["source"]}/small", "small content");
        Restic restic = new(Restic.Stock, Path, Password);
        (await restic.RunAsync("init")).ShouldSucceed();
        (await restic.RunAsync("backup", "--tag", "first,second", "--host", "theirs", _temp["source"])).ShouldSucceed();
    }

    public ValueTask DisposeAsync()
    {
        _temp.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A copy that may be damaged.</summary>
    internal void CopyTo(string target)
    {
        foreach (string file in Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories))
        {
            string copy = System.IO.Path.Combine(target, System.IO.Path.GetRelativePath(Path, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>The content of a file of a snapshot, found by the last part of its path.</summary>
    internal static async Task<byte[]> FileAsync(IndexedRepository repository, TreeId tree, string name)
    {
        foreach (Node node in await repository.LoadTreeAsync(tree, TestRepository.Cancellation))
        {
            if (node.NameText == name)
            {
                var content = new MemoryStream();
                foreach (BlobId blob in node.Content ?? [])
                {
                    content.Write(await repository.LoadBlobAsync(blob, TestRepository.Cancellation));
                }

                return content.ToArray();
            }

            if (node.Subtree is { } subtree && await FileAsync(repository, subtree, name) is { Length: > 0 } found)
            {
                return found;
            }
        }

        return [];
    }
}
