using Holdfast.Cli.Look;
using Holdfast.Repository;

namespace Holdfast.Cli.Dump;

/// <summary>A form in which a folder is dumped: tar or zip.</summary>
internal interface IArchive
{
    bool CanHold(Node node);

    ValueTask AddAsync(Met met, CancellationToken cancellation);

    /// <summary>Writes what ends the archive; without it, a reader sees that it is cut off.</summary>
    ValueTask CompleteAsync(CancellationToken cancellation);
}
