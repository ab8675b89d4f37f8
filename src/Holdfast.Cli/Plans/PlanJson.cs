using System.Text.Json.Serialization;
using Holdfast.Plan;
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
[JsonSerializable(typeof(List<RecipeListing>))]
[JsonSerializable(typeof(List<InstallationListing>))]
[JsonSerializable(typeof(List<AppCheckListing>))]
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

/// <param name="File">Null for one that comes with the program.</param>
internal sealed record RecipeListing(string Name, string Description, string? File, string? Text);

/// <param name="Plan">The entry for a plan file; null where there is a problem.</param>
internal sealed record InstallationListing(
    string Recipe, string Root, string Config, string? Version, List<AppDatabaseListing> Databases, IReadOnlyList<string> Notes, string? Problem, string? Plan,
    IReadOnlyList<string>? Files, IReadOnlyList<string>? Excludes, IReadOnlyList<string>? Before, IReadOnlyList<string>? After, IReadOnlyList<string>? Check);

internal sealed record AppCheckListing(string Recipe, string Root, string Config, bool IsGood, List<AppCheckItem> Checks);

/// <param name="Kind">file, query, command; recipe where that has no checks.</param>
internal sealed record AppCheckItem(string Kind, string Name, bool IsPassed, string? Problem);
