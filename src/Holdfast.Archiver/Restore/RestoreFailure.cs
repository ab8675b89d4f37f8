namespace Holdfast.Archiver;

/// <summary>An entry that could not be restored as the snapshot has it.</summary>
/// <param name="Path">The path inside the snapshot, in the encoding of <see cref="Linux.PathText"/>.</param>
/// <param name="Reason">One sentence for the user.</param>
public sealed record RestoreFailure(string Path, string Reason);
