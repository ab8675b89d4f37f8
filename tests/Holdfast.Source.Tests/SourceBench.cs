using System.Collections.Concurrent;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository;

namespace Holdfast.Source.Tests;

/// <summary>A repository in memory, for tests that capture sources and look at what came of it.</summary>
internal sealed class SourceBench : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly OpenRepository _open;
    private StoredSnapshot? _parent;

    private SourceBench(OpenRepository open, MemoryBackend backend)
    {
        _open = open;
        Backend = backend;
    }

    internal MemoryBackend Backend { get; }

    internal string Folder => _folder.Path;

    /// <summary>What was said while sources were captured.</summary>
    internal ConcurrentQueue<string> Notes { get; } = [];

    internal static async Task<SourceBench> CreateAsync()
    {
        var backend = new MemoryBackend();
        return new(await Repository.Repository.InitializeAsync(backend, "password", new(), null, default), backend);
    }

    internal Task<IndexedRepository> IndexedAsync() => _open.LoadIndexAsync(null, TestContext.Current.CancellationToken);

    /// <summary>Changes a byte of the first blob of a file below <c>/.holdfast/databases</c>, where it is stored.</summary>
    internal async Task DamageAsync(BackupSummary summary, params string[] path)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        IndexedRepository repository = await IndexedAsync();
        TreeId tree = summary.Tree;
        Node? node = null;
        foreach (string name in (string[])[".holdfast", "databases", .. path])
        {
            node = (await repository.LoadTreeAsync(tree, cancellation)).Single(n => n.NameText == name);
            tree = node.Subtree ?? tree;
        }

        repository.Index.TryFind(node!.Content![0], out BlobLocation place).ShouldBeTrue();
        BackendFile pack = new(FileType.Pack, place.Pack.ToString());
        byte[] content = new byte[(int)(await Backend.FindSizeAsync(pack, cancellation))!.Value];
        await Backend.ReadAsync(pack, 0, content, cancellation);
        content[place.Offset + 20] ^= 1;
        await Backend.SaveAsync(pack, content, cancellation);
    }

    /// <summary>Captures the sources into a snapshot, which is the parent of the next.</summary>
    internal async Task<BackupSummary> CaptureAsync(params ISource[] sources)
    {
        var options = new BackupOptions
        {
            Paths = [], Sources = sources, Workers = 2, Parent = _parent, Label = new(TimeProvider.System.GetLocalNow(), "host", [], "test"),
        };
        IndexedRepository indexed = await _open.LoadIndexAsync(null, default);
        BackupSummary summary = await new Archiver.Archiver(indexed, options, new() { OnNote = Notes.Enqueue }).RunAsync(countAhead: false, TestContext.Current.CancellationToken);
        _parent = await _open.LoadSnapshotAsync(summary.Id!.Value, default);
        return summary;
    }

    internal async Task<int> CountSnapshotsAsync() => (await _open.ListSnapshotsAsync(_ => { }, TestContext.Current.CancellationToken)).Count;

    internal async Task<Manifest?> ManifestAsync(BackupSummary summary) =>
        await Manifest.FindAsync(await _open.LoadIndexAsync(null, default), summary.Tree, TestContext.Current.CancellationToken);

    /// <summary>Restores the whole snapshot into a new folder, and returns that.</summary>
    internal async Task<string> RestoreAsync(BackupSummary summary)
    {
        string target = Directory.CreateDirectory($"{Folder}/restored-{Guid.NewGuid():N}").FullName;
        IndexedRepository indexed = await _open.LoadIndexAsync(null, default);
        (await new Restorer(indexed, new(), new()).RestoreAsync(summary.Tree, "/", target, default)).Failures.ShouldBeEmpty();
        return target;
    }

    public async ValueTask DisposeAsync()
    {
        await _open.DisposeAsync();
        _folder.Dispose();
    }
}
