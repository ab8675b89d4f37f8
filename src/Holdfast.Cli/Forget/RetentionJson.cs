using System.Text.Json.Serialization;
using Holdfast.Cli.Terminal;

namespace Holdfast.Cli.Forget;

/// <summary>What the commands that change snapshots print with --json; the members are restic's where restic has them.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(List<ForgottenGroup>))]
[JsonSerializable(typeof(ChangedSnapshot))]
[JsonSerializable(typeof(ChangeSummary))]
[JsonSerializable(typeof(List<ForecastListing>))]
internal sealed partial class RetentionJson : JsonSerializerContext;

/// <summary>What became of a group. restic writes out its own members where they are null.</summary>
/// <param name="Trashed">What went into the trash.</param>
/// <param name="Removed">What was removed for good; in a dry run, what would be.</param>
internal sealed record ForgottenGroup(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string[]? Tags,
    string Host,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string[]? Paths,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] List<SnapshotListing>? Keep,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] List<SnapshotListing>? Remove,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] List<KeepReason>? Reasons,
    List<ChangedSnapshot>? Trashed,
    List<string>? Removed);

internal sealed record KeepReason(SnapshotListing Snapshot, IReadOnlyList<string> Matches);

/// <param name="NewSnapshotId">None in a dry run: an id is known when the snapshot is sealed.</param>
internal sealed record ChangedSnapshot(string OldSnapshotId, string? NewSnapshotId, string? MessageType = "changed");

/// <param name="DryRun">Only where it is one: the rest is restic's.</param>
internal sealed record ChangeSummary(int ChangedSnapshots, bool? DryRun, string MessageType = "summary");

internal sealed record ForecastListing(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string[]? Tags,
    string Host,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string[]? Paths,
    long EverySeconds,
    List<ForecastStop> Forecast,
    List<DateTimeOffset> Kept);

internal sealed record ForecastStop(string Span, DateTimeOffset Time, int Snapshots, DateTimeOffset Oldest);
