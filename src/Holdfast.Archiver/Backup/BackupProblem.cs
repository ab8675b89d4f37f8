namespace Holdfast.Archiver;

/// <summary>Something that could not be stored as it should; the run goes on and ends with exit code 3.</summary>
/// <param name="Path">In the encoding of <see cref="Linux.PathText"/>.</param>
public sealed record BackupProblem(string Path, string Message);
