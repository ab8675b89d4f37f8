using System.Text.Json.Serialization;

namespace Holdfast.Repository;

/// <summary>What the snapshots of a group have in common. Null for what the groups are not made by; restic writes that out.</summary>
public sealed record SnapshotGroupKey(
    string Hostname,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string[]? Paths,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string[]? Tags);
