using System.Text.Json.Serialization;

namespace Holdfast.Cli.Look;

/// <summary>What rewrite and migrate print with --json; restic prints none for these.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RewrittenLine))]
[JsonSerializable(typeof(RewriteSummary))]
[JsonSerializable(typeof(Migrated))]
internal sealed partial class RewriteJson : JsonSerializerContext;

internal sealed record RewrittenLine(string MessageType, string OldSnapshotId, string? NewSnapshotId, long Files, long Bytes);

internal sealed record RewriteSummary(string MessageType, bool DryRun, int ChangedSnapshots);

/// <param name="Available">Upgrades that are still to be done.</param>
internal sealed record Migrated(string MessageType, int Version, bool Upgraded, string[] Available);
