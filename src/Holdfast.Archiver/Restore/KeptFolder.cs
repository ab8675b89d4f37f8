namespace Holdfast.Archiver;

/// <summary>A folder from which nothing is deleted, with all below it.</summary>
/// <param name="Path">The path inside the snapshot, or that it would have there.</param>
/// <param name="Reason">One sentence for the user.</param>
internal sealed record KeptFolder(string Path, string Reason);
