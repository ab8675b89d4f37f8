using System.Text;
using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;
using FileMode = Holdfast.Repository.FileMode;

namespace Holdfast.Archiver.Tests;

/// <summary>A repository in memory whose trees a test writes node by node, so that it can hold what no file system has.</summary>
internal sealed class DraftRepository : IAsyncDisposable
{
    internal const string Password = Command.Password;

    internal static readonly FileTime Time = TortureTree.Time;

    private readonly OpenRepository _open;
    private readonly BlobCodec _codec;
    private BlobWriter _writer;

    private DraftRepository(HookedBackend backend, OpenRepository open, IndexedRepository indexed)
    {
        Backend = backend;
        _open = open;
        Indexed = indexed;
        _codec = open.RentCodec();
        _writer = indexed.StartWriting();
    }

    internal HookedBackend Backend { get; }

    internal IndexedRepository Indexed { get; }

    internal static async Task<DraftRepository> CreateAsync()
    {
        var backend = new HookedBackend(new MemoryBackend());
        OpenRepository open = await Repository.Repository.InitializeAsync(backend, Password, new(), null, default);
        return new(backend, open, await open.LoadIndexAsync(null, default));
    }

    internal static byte[] Random(int length, int seed) => TortureTree.Random(length, seed);

    internal Task<Node> FileAsync(string name, string content) => FileAsync(name, Encoding.UTF8.GetBytes(content));

    internal async Task<Node> FileAsync(string name, params byte[][] blobs)
    {
        var content = new List<BlobId>();
        foreach (byte[] blob in blobs)
        {
            var id = new BlobId(Hash256.Of(blob));
            await _writer.SaveAsync(id, blob, _codec, default);
            content.Add(id);
        }

        return Plain(name, NodeType.File) with { Content = [.. content], Size = (ulong)blobs.Sum(b => (long)b.Length) };
    }

    /// <summary>A file whose blob is whole, but is not what its name says.</summary>
    internal async Task<Node> ForgedFileAsync(string name, byte[] content)
    {
        var id = new BlobId(Hash256.Of([.. content, 1]));
        await _writer.SaveAsync(id, content, _codec, default);
        return Plain(name, NodeType.File) with { Content = [id], Size = (ulong)content.Length };
    }

    internal async Task<Node> DirectoryAsync(string name, params Node[] nodes) =>
        Plain(name, NodeType.Dir) with { Subtree = await TreeAsync(nodes) };

    internal static Node Link(string name, string target) =>
        Plain(name, NodeType.Symlink) with { LinkTarget = Encoding.UTF8.GetBytes(target) };

    internal static Node Plain(string name, NodeType type) => new()
    {
        Name = PathText.Encode(name),
        Type = type,
        Mode = FileMode.FromKernel(type == NodeType.Dir ? FileKind.Directory : FileKind.Regular, type == NodeType.Dir ? 0x1EDu : 0x1A4u),
        ModifyTime = Time,
        AccessTime = Time,
        ChangeTime = Time,
        Links = 1,
    };

    internal async Task<TreeId> TreeAsync(params Node[] nodes)
    {
        Node[] sorted = [.. nodes.OrderBy(n => n.Name, NameOrder.Instance)];
        return await RawTreeAsync(new TreeWriter(TimeZoneInfo.Utc).Encode(sorted));
    }

    /// <summary>Stores a tree as it is, whatever is wrong with it.</summary>
    internal async Task<TreeId> RawTreeAsync(ReadOnlyMemory<byte> encoded)
    {
        var id = new TreeId(Hash256.Of(encoded.Span));
        await _writer.SaveAsync(id, encoded, _codec, default);
        return id;
    }

    /// <summary>Closes the pack being filled, so that what follows goes to another.</summary>
    internal async Task FlushAsync()
    {
        await _writer.CompleteAsync(default);
        await _writer.DisposeAsync();
        _writer = Indexed.StartWriting();
    }

    internal async Task<RestoreSummary> RestoreAsync(
        TreeId tree, string target, RestoreOptions? options = null, RestoreProgress? progress = null, CancellationToken? cancellation = null)
    {
        await FlushAsync();
        return await new Restorer(Indexed, options ?? new(), progress ?? new()).RestoreAsync(tree, "/", target, cancellation ?? TestContext.Current.CancellationToken);
    }

    /// <summary>Flips a bit in the middle of a stored blob.</summary>
    internal async Task DamageAsync(BlobId blob)
    {
        await FlushAsync();
        Indexed.Index.TryFind(blob, out BlobLocation location).ShouldBeTrue();
        var file = new BackendFile(FileType.Pack, location.Pack.ToString()) { HoldsTrees = true };
        byte[] content = new byte[(await Backend.FindSizeAsync(file, default))!.Value];
        await Backend.ReadAsync(file, 0, content, default);
        content[location.Offset + (location.Length / 2)] ^= 1;
        await Backend.SaveAsync(file, content, default);
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        _open.ReturnCodec(_codec);
        await _open.DisposeAsync();
    }
}
