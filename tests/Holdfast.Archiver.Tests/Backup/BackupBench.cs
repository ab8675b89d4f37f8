using System.Text;
using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver.Tests;

/// <summary>A repository in memory and a source folder, for tests that back up and look at what came of it. One worker, so that the order is fixed.</summary>
internal sealed class BackupBench : IAsyncDisposable
{
    private readonly ScratchFolder _scratch = new();

    private BackupBench(HookedBackend backend, OpenRepository open)
    {
        Backend = backend;
        Open = open;
        Options = new()
        {
            Paths = [Source],
            Workers = 1,
            Label = new(TimeProvider.System.GetLocalNow(), "host", [], "test"),
        };
    }

    internal HookedBackend Backend { get; }

    internal OpenRepository Open { get; }

    /// <summary>What the next run uses; the parent is set by the one before.</summary>
    internal BackupOptions Options { get; set; }

    internal BackupProgress Progress { get; private set; } = new();

    internal List<string> Warnings { get; private set; } = [];

    internal string Source => _scratch.Source;

    internal string Target => _scratch.Target;

    internal string Folder => _scratch.Path;

    internal static async Task<BackupBench> CreateAsync()
    {
        var backend = new HookedBackend(new MemoryBackend());
        var warnings = new List<string>();
        OpenRepository open = await Repository.Repository.InitializeAsync(
            backend, Command.Password, new() { PackSize = 4 << 20, Warn = warnings.Add }, null, default);
        var bench = new BackupBench(backend, open);
        bench.Warnings = warnings;
        return bench;
    }

    internal string Place(string name, string content = "content")
    {
        string path = Source + "/" + name;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>Backs up, and makes the snapshot the parent of the next run.</summary>
    /// <param name="done">Called with the path below the source of each entry when it is done.</param>
    internal async Task<BackupSummary> BackUpAsync(Action<string>? done = null, CancellationToken? cancellation = null, bool countAhead = false)
    {
        Progress = new() { OnItem = done is null ? null : item => done(item.Path.StartsWith(Source + "/", StringComparison.Ordinal) ? item.Path[(Source.Length + 1)..] : item.Path) };
        IndexedRepository indexed = await Open.LoadIndexAsync(null, default);
        BackupSummary summary = await new Archiver(indexed, Options, Progress).RunAsync(countAhead, cancellation ?? TestContext.Current.CancellationToken);
        if (summary.Id is { } id)
        {
            Options = Options with { Parent = await Open.LoadSnapshotAsync(id, default) };
        }

        return summary;
    }

    /// <summary>Restores what the snapshot has of a folder, the source by default.</summary>
    internal async Task<RestoreSummary> RestoreAsync(TreeId tree, string? folder = null)
    {
        IndexedRepository indexed = await Open.LoadIndexAsync(null, default);
        return await new Restorer(indexed, new(), new()).RestoreAsync(await FindTreeAsync(indexed, tree, folder ?? Source), "/", Target, default);
    }

    /// <summary>Every path that the snapshot has at or below a folder, relative to it, folders with a slash behind them.</summary>
    internal async Task<string[]> PathsAsync(TreeId tree, string? folder = null)
    {
        IndexedRepository indexed = await Open.LoadIndexAsync(null, default);
        var paths = new List<string>();
        await ListAsync(indexed, await FindTreeAsync(indexed, tree, folder ?? Source), string.Empty, paths);
        return [.. paths];
    }

    /// <summary>The tree of the source folder: that of the root also tells of folders above it, in which others work.</summary>
    internal async Task<TreeId> SourceTreeAsync(TreeId tree) => await FindTreeAsync(await Open.LoadIndexAsync(null, default), tree, Source);

    internal async Task<Node> NodeAsync(TreeId tree, string name)
    {
        IndexedRepository indexed = await Open.LoadIndexAsync(null, default);
        int slash = name.LastIndexOf('/');
        TreeId folder = await FindTreeAsync(indexed, tree, Source + (slash < 0 ? string.Empty : "/" + name[..slash]));
        return (await indexed.LoadTreeAsync(folder, default)).Single(n => PathText.Decode(n.Name) == name[(slash + 1)..]);
    }

    internal async Task<string> TextAsync(TreeId tree, string name)
    {
        IndexedRepository indexed = await Open.LoadIndexAsync(null, default);
        var text = new StringBuilder();
        foreach (BlobId id in (await NodeAsync(tree, name)).Content!)
        {
            text.Append(Encoding.UTF8.GetString(await indexed.LoadBlobAsync(id, default)));
        }

        return text.ToString();
    }

    /// <summary>Flips a bit in the middle of a stored blob.</summary>
    internal async Task DamageAsync(BlobHandle blob)
    {
        IndexedRepository indexed = await Open.LoadIndexAsync(null, default);
        indexed.Index.TryFind(blob, out BlobLocation location).ShouldBeTrue();
        var file = new BackendFile(FileType.Pack, location.Pack.ToString());
        var content = new byte[(await Backend.FindSizeAsync(file, default))!.Value];
        await Backend.ReadAsync(file, 0, content, default);
        content[location.Offset + (location.Length / 2)] ^= 1;
        await Backend.SaveAsync(file, content, default);
    }

    internal async Task<List<BackendFile>> FilesAsync(FileType type)
    {
        var files = new List<BackendFile>();
        await foreach (BackendEntry entry in Backend.ListAsync(type, default))
        {
            files.Add(entry.File);
        }

        return files;
    }

    public async ValueTask DisposeAsync()
    {
        await Open.DisposeAsync();
        _scratch.Dispose();
    }

    private static async Task<TreeId> FindTreeAsync(IndexedRepository indexed, TreeId tree, string folder)
    {
        foreach (string name in folder.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            tree = (await indexed.LoadTreeAsync(tree, default)).Single(n => PathText.Decode(n.Name) == name).Subtree!.Value;
        }

        return tree;
    }

    private static async Task ListAsync(IndexedRepository indexed, TreeId tree, string prefix, List<string> paths)
    {
        foreach (Node node in await indexed.LoadTreeAsync(tree, default))
        {
            string path = prefix + PathText.Decode(node.Name) + (node.Type == NodeType.Dir ? "/" : string.Empty);
            paths.Add(path);
            if (node.Subtree is { } below)
            {
                await ListAsync(indexed, below, path, paths);
            }
        }
    }
}
