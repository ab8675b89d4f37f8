using System.IO.Compression;
using Holdfast.Cli.Look;
using Holdfast.Linux;
using Holdfast.Repository;
using FileMode = Holdfast.Repository.FileMode;

namespace Holdfast.Cli.Dump;

/// <summary>A folder of a snapshot as a zip archive: names, modes, times to two seconds, links; no owners, devices or attributes.</summary>
#pragma warning disable CA1001 // disposing of the archive ends it, and one that failed must look cut off
internal sealed class ZipFolder(Stream target, FileContent content) : IArchive
{
    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;
    private const int SymbolicLink = 0xA000;

    // The format's own limits.
    private static readonly DateTimeOffset Earliest = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(2107, 12, 31, 23, 59, 58, TimeSpan.Zero);

    private readonly ZipArchive _zip = new(target, ZipArchiveMode.Create, leaveOpen: true);

    public bool CanHold(Node node) => node.Type is NodeType.File or NodeType.Dir or NodeType.Symlink;

    public async ValueTask AddAsync(Met met, CancellationToken cancellation)
    {
        Node node = met.Node;
        string name = PathText.Printable(met.Path.TrimStart('/')) + (node.Type == NodeType.Dir ? "/" : string.Empty);
        ZipArchiveEntry entry = _zip.CreateEntry(name, node.Type == NodeType.File ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
        DateTimeOffset time = node.ModifyTime.ToDateTimeOffset();
        entry.LastWriteTime = time < Earliest ? Earliest : time > Latest ? Latest : time;
        int kind = node.Type switch { NodeType.Dir => Folder, NodeType.Symlink => SymbolicLink, _ => RegularFile };
        entry.ExternalAttributes = unchecked((kind | (int)FileMode.ToKernelPermissions(node.Mode)) << 16);
        if (node.Type == NodeType.Dir)
        {
            return;
        }

        await using Stream stream = entry.Open();
        if (node.Type == NodeType.Symlink)
        {
            await stream.WriteAsync(node.LinkTarget, cancellation);
        }
        else
        {
            await content.CopyToAsync(node, stream, cancellation);
        }
    }

    public ValueTask CompleteAsync(CancellationToken cancellation)
    {
        _zip.Dispose();
        return ValueTask.CompletedTask;
    }
}
