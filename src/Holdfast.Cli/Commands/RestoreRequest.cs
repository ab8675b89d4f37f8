using Holdfast.Archiver;

namespace Holdfast.Cli.Commands;

/// <summary>What the user asked to restore.</summary>
/// <param name="Paths">Paths in the snapshot, absolute and clean; empty for everything.</param>
internal sealed record RestoreRequest(string Target, IReadOnlyList<string> Paths, RestoreOptions Options)
{
    /// <summary>Whether only what matches patterns is wanted.</summary>
    internal bool HasPatterns { get; init; }

    /// <summary>Whether to delete even by a snapshot that has not all of its source.</summary>
    internal bool Force { get; init; }
}
