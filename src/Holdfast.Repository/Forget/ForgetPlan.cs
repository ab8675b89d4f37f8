namespace Holdfast.Repository;

/// <summary>What a run of forget is going to do.</summary>
/// <param name="Undated">The mark for what lies there without a time.</param>
/// <param name="Runs">What goes into the trash takes its number along, or it would be counted anew when it comes back.</param>
/// <param name="Trash">The mark for what goes into the trash; null where it is removed at once.</param>
public sealed record ForgetPlan(IReadOnlyList<ForgetGroup> Groups, SnapshotTrash? Trash, SnapshotTrash Undated, RunNumbers Runs);
