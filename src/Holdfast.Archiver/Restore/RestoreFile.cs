using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>A regular file on its way: written under a temporary name, possibly by several workers, until nothing is missing.</summary>
internal sealed class RestoreFile(RestoreDirectory directory, Node node, FileStatus? existing, LinkGroup? links)
{
    internal RestoreDirectory Directory { get; } = directory;

    internal Node Node { get; } = node;

    /// <summary>What was under its name.</summary>
    internal FileStatus? Existing { get; } = existing;

    internal LinkGroup? Links { get; } = links;

    internal BlobId[] Content => Node.Content ?? [];

    internal string Path => Directory.PathOf(Node.Name);

    /// <summary>Length of the content in bytes, by the index: what a forged node says of its size is not relied on.</summary>
    internal long Length { get; set; }

    /// <summary>Guards everything below.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Blobs still to be written.</summary>
    internal int Missing { get; set; } = node.Content?.Length ?? 0;

    /// <summary>Null while it is closed.</summary>
    internal LinuxFile? Open { get; set; }

    /// <summary>Null where nothing is under a temporary name: not yet, or not any more.</summary>
    internal byte[]? Temporary { get; set; }

    /// <summary>The temporary file was made with the final permissions.</summary>
    internal bool HasFinalPermissions { get; set; }

    /// <summary>The temporary file has its blocks.</summary>
    internal bool IsReserved { get; set; }

    /// <summary>There, given up, or left alone: nothing more is to be done.</summary>
    internal bool IsSettled { get; set; }
}
