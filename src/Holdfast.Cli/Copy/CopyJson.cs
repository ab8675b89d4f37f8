using System.Text.Json.Serialization;

namespace Holdfast.Cli.Copy;

/// <summary>What copy prints with --json; restic prints none.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CopiedLine))]
[JsonSerializable(typeof(DamagedLine))]
[JsonSerializable(typeof(CopySummary))]
internal sealed partial class CopyJson : JsonSerializerContext;

internal sealed record CopiedLine(string MessageType, string SourceSnapshotId, string SnapshotId);

internal sealed record DamagedLine(string MessageType, string SourceSnapshotId, string Path);

/// <param name="Blobs">What the destination lacked.</param>
/// <param name="Bytes">The same as the source has it.</param>
/// <param name="Damages">Found by reading back; missing without --verify.</param>
internal sealed record CopySummary(
    string MessageType, bool DryRun, int Snapshots, int Skipped, int Damaged, long Blobs, long Bytes, int PacksWritten, long BytesWritten, int? Damages);
