using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>A tree that no snapshot and no other tree names: most likely the root of a snapshot that is gone, or what an interrupted backup left.</summary>
/// <param name="Newest">The newest mtime in it, among what no snapshot has.</param>
/// <param name="Names">What lies directly in it.</param>
public sealed record LostTree(TreeId Id, FileTime Newest, IReadOnlyList<string> Names)
{
    /// <summary>Whether the repository has all that it names. Of one that an interrupted backup left, what is missing is left out.</summary>
    public required bool IsWhole { get; init; }
}
