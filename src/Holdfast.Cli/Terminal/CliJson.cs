using System.Text.Json.Serialization;

namespace Holdfast.Cli.Terminal;

/// <summary>What the program prints with --json; the members are restic's where restic prints the same thing.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Notice))]
[JsonSerializable(typeof(ExitError))]
[JsonSerializable(typeof(Initialized))]
[JsonSerializable(typeof(BackupStatus))]
[JsonSerializable(typeof(BackupItem))]
[JsonSerializable(typeof(BackupError))]
[JsonSerializable(typeof(BackupNote))]
[JsonSerializable(typeof(BackupResult))]
[JsonSerializable(typeof(CheckResult))]
[JsonSerializable(typeof(RestoreStatus))]
[JsonSerializable(typeof(Started))]
[JsonSerializable(typeof(List<SnapshotListing>))]
internal sealed partial class CliJson : JsonSerializerContext;

/// <summary>What a command says on standard error beside its result: a warning, or an error that gives it exit code 1.</summary>
internal sealed record Notice(string MessageType, string Message);

internal sealed record ExitError(string MessageType, int Code, string Message);

internal sealed record Initialized(string MessageType, string Id, string Repository);

internal sealed record BackupStatus(
    string MessageType, long SecondsElapsed, long? SecondsRemaining, double PercentDone, long TotalFiles, long FilesDone,
    long TotalBytes, long BytesDone, long ErrorCount, string[] CurrentFiles);

internal sealed record BackupItem(string MessageType, string Action, string Item, ulong DataSize);

internal sealed record BackupError(string MessageType, ErrorText Error, string During, string Item);

internal sealed record BackupNote(string MessageType, string Message, string? Plan);

internal sealed record ErrorText(string Message);

internal sealed record BackupResult(
    string MessageType, bool DryRun, long FilesNew, long FilesChanged, long FilesUnmodified, long DirsNew, long DirsChanged,
    long DirsUnmodified, long DataBlobs, long TreeBlobs, long DataAdded, long DataAddedPacked, long TotalFilesProcessed,
    long TotalBytesProcessed, DateTimeOffset BackupStart, DateTimeOffset BackupEnd, double TotalDuration, string? SnapshotId, string? Plan);

internal sealed record CheckResult(
    string MessageType, int NumErrors, string[]? BrokenPacks, bool SuggestRepairIndex, bool SuggestPrune, string[]? CorrectedPacks, CheckReading? Read);

internal sealed record CheckReading(
    long BytesTotal,
    [property: JsonPropertyName("bytes_within_30_days")] long BytesWithin30Days,
    [property: JsonPropertyName("bytes_within_90_days")] long BytesWithin90Days,
    long BytesNever,
    DateTimeOffset? Oldest);

internal sealed record RestoreStatus(
    string MessageType, long SecondsElapsed, double? PercentDone, long TotalFiles, long FilesRestored, long FilesSkipped,
    long FilesDeleted, long TotalBytes, long BytesRestored, long BytesSkipped);

/// <summary>A command that runs until it is ended is ready.</summary>
internal sealed record Started(string MessageType, string? Mountpoint, string? Address);
