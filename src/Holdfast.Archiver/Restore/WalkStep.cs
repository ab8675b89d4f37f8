using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>What the walk has come to.</summary>
internal enum WalkStepKind
{
    /// <summary>A directory begins: <see cref="WalkStep.Nodes"/> are all that the snapshot has in it, selected or not.</summary>
    Enter,

    /// <summary>A selected entry that is no directory.</summary>
    Entry,

    /// <summary>Everything in a directory has been met.</summary>
    Leave,
}

internal readonly record struct WalkStep(WalkStepKind Kind, RestoreDirectory Directory, Node? Node, List<Node> Nodes);
