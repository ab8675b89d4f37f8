using System.Text.Json.Serialization;

namespace Holdfast.Cli.Look;

/// <summary>What the repair commands, recover and parity print with --json; restic prints none for these.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RepairedIndex))]
[JsonSerializable(typeof(RepairedPacks))]
[JsonSerializable(typeof(RepairedSnapshots))]
[JsonSerializable(typeof(RepairedParity))]
[JsonSerializable(typeof(ParityChoice))]
[JsonSerializable(typeof(HealedRepository))]
[JsonSerializable(typeof(Recovered))]
internal sealed partial class RepairJson : JsonSerializerContext;

internal sealed record RepairedIndex(
    string MessageType, bool DryRun, int DamagedIndexes, string[] AddedPacks, string[] CorrectedPacks, string[] DroppedPacks, string[] UnreadablePacks,
    string[] CorrectablePacks);

internal sealed record RepairedPacks(string MessageType, bool DryRun, string[] Packs, string[] CorrectedPacks, int SavedBlobs, int LostBlobs, string[] KeptPacks);

internal sealed record RepairedSnapshots(string MessageType, bool DryRun, RepairedSnapshotLine[] Snapshots);

internal sealed record RepairedSnapshotLine(string Damaged, string? Replacement, bool Lost, bool Forgotten);

internal sealed record RepairedParity(string MessageType, bool DryRun, int Made, int Removed, string[] DamagedPacks);

internal sealed record ParityChoice(string MessageType, double? Percent);

internal sealed record HealedRepository(
    string MessageType, bool DryRun, int LostBlobs, int HealedBlobs, HealedSnapshotLine[] Snapshots, HealedFileLine[] Files, string[] BrokenPacks);

internal sealed record HealedSnapshotLine(string Id, bool Whole);

internal sealed record HealedFileLine(string Snapshot, string Path, bool Whole);

internal sealed record Recovered(string MessageType, bool DryRun, LostTreeLine[] Trees, string? SnapshotId);

internal sealed record LostTreeLine(string Id, DateTimeOffset Newest, bool Whole, IReadOnlyList<string> Names);
