namespace Holdfast.Archiver;

/// <summary>What a restore came to. Entries are files, directories, links and special files alike; bytes are content.</summary>
/// <param name="EntriesTotal">Selected entries of the snapshot.</param>
/// <param name="EntriesRestored">Those written, or brought to the metadata of the snapshot.</param>
/// <param name="EntriesSkipped">Those left as they were.</param>
/// <param name="EntriesDeleted">Entries of the target that the snapshot lacks, removed.</param>
/// <param name="BytesTotal">Content of the selected files, hard links counted once.</param>
/// <param name="BytesRestored">Content written.</param>
/// <param name="BytesSkipped">Content that was there already or was left as it was.</param>
/// <param name="FilesVerified">Files read back and found equal.</param>
/// <param name="Failures">Everything that is not as the snapshot has it, lost files included, in the order in which it was met.</param>
/// <param name="LostFiles">Paths of files whose content the repository cannot give back; nothing was changed under their names.</param>
public sealed record RestoreSummary(
    long EntriesTotal,
    long EntriesRestored,
    long EntriesSkipped,
    long EntriesDeleted,
    long BytesTotal,
    long BytesRestored,
    long BytesSkipped,
    long FilesVerified,
    IReadOnlyList<RestoreFailure> Failures,
    IReadOnlyList<string> LostFiles)
{
    /// <summary>False where the caller should end with an error.</summary>
    public bool IsComplete => Failures.Count == 0;
}
