using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>Who waits for the node of a file.</summary>
internal interface INodeTaker
{
    /// <summary>Brings it, on whichever worker stored the last chunk; null where there is none after all.</summary>
    ValueTask SetAsync(int slot, Node? node, Worker worker);
}
