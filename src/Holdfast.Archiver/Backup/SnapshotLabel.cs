namespace Holdfast.Archiver;

/// <summary>What a snapshot says of itself beside its content.</summary>
/// <param name="Time">When the snapshot is said to be taken; the start of the run, unless the user says otherwise.</param>
public sealed record SnapshotLabel(DateTimeOffset Time, string HostName, IReadOnlyList<string> Tags, string ProgramVersion);
