using System.Text.Json.Serialization;
using Holdfast.Protocol;

namespace Holdfast.Cli.Plans;

/// <summary>What the commands around plans print with --json.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PlanDocument))]
[JsonSerializable(typeof(ConfigResult))]
[JsonSerializable(typeof(GoneListing))]
[JsonSerializable(typeof(List<NoteListing>))]
[JsonSerializable(typeof(Acknowledgement))]
[JsonSerializable(typeof(List<ServerListing>))]
[JsonSerializable(typeof(List<RightsListing>))]
[JsonSerializable(typeof(DatabaseRestoreStatus))]
[JsonSerializable(typeof(DatabaseRestoreSummary))]
internal sealed partial class PlanJson : JsonSerializerContext;

internal sealed record ConfigResult(string MessageType, string File, List<string>? Plans, List<ConfigProblem> Problems);

/// <param name="Line">From 1; null where the problem is with another file.</param>
internal sealed record ConfigProblem(int? Line, int? Column, string Message);

/// <summary>Something that a plan's last snapshot has, and its new one would not.</summary>
internal sealed record GoneListing(string? MessageType, string Kind, string Name, string Source, string? Detail);

internal sealed record NoteListing(string Host, string Plan, DateTimeOffset Time, List<GoneListing> Gone, IReadOnlyList<string> Acknowledged);

internal sealed record Acknowledgement(string MessageType, bool DryRun, string Host, string Plan, IReadOnlyList<string> Acknowledged);

internal sealed record ServerListing(string Server, List<DatabaseItem> Databases);

internal sealed record DatabaseItem(string Name, long? Bytes, List<TableItem> Tables);

internal sealed record TableItem(string Name, string Kind, long? Rows, long? Bytes);

internal sealed record RightsListing(string Server, bool IsReady, List<RightItem> Rights);

internal sealed record RightItem(string Name, string Purpose, bool IsMissing, string? Grant);

internal sealed record DatabaseRestoreStatus(string MessageType, long SecondsElapsed, double PercentDone, string Step, long BytesDone, long TotalBytes);

/// <param name="Name">The limit, or the mirror.</param>
/// <param name="Plan">What a dry run would do; null for a real one.</param>
internal sealed record DatabaseRestoreSummary(
    string MessageType, bool DryRun, string Name, string SnapshotId, IReadOnlyList<string>? Plan, int? Databases, int? Tables, long? Rows,
    IReadOnlyList<string>? Accounts, IReadOnlyList<string>? Notes);
