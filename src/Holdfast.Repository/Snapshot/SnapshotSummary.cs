using System.Text.Json.Serialization;

namespace Holdfast.Repository;

/// <summary>The counters of a run, kept in its snapshot; sizes are bytes.</summary>
public sealed record SnapshotSummary
{
    [JsonPropertyName("backup_start")]
    public DateTimeOffset BackupStart { get; init; }

    [JsonPropertyName("backup_end")]
    public DateTimeOffset BackupEnd { get; init; }

    [JsonPropertyName("files_new")]
    public long FilesNew { get; init; }

    [JsonPropertyName("files_changed")]
    public long FilesChanged { get; init; }

    [JsonPropertyName("files_unmodified")]
    public long FilesUnmodified { get; init; }

    [JsonPropertyName("dirs_new")]
    public long DirsNew { get; init; }

    [JsonPropertyName("dirs_changed")]
    public long DirsChanged { get; init; }

    [JsonPropertyName("dirs_unmodified")]
    public long DirsUnmodified { get; init; }

    [JsonPropertyName("data_blobs")]
    public long DataBlobs { get; init; }

    [JsonPropertyName("tree_blobs")]
    public long TreeBlobs { get; init; }

    /// <summary>New content and trees before compression.</summary>
    [JsonPropertyName("data_added")]
    public long DataAdded { get; init; }

    /// <summary>The same as stored, with encryption's overhead.</summary>
    [JsonPropertyName("data_added_packed")]
    public long DataAddedPacked { get; init; }

    [JsonPropertyName("total_files_processed")]
    public long TotalFilesProcessed { get; init; }

    [JsonPropertyName("total_bytes_processed")]
    public long TotalBytesProcessed { get; init; }
}
