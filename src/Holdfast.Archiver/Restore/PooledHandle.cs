using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>What <see cref="DirectoryPool"/> keeps of one directory; touched under its lock only.</summary>
internal sealed class PooledHandle
{
    internal DirectoryHandle? Handle { get; set; }

    internal int Users { get; set; }

    /// <summary>Its place among the open directories that nobody uses.</summary>
    internal LinkedListNode<RestoreDirectory>? Idle { get; set; }
}
