namespace Holdfast.Archiver;

/// <summary>How an entry compares with the parent snapshot.</summary>
public enum ItemChange
{
    New,
    Changed,
    Unmodified,
}

/// <summary>A file or directory that is done.</summary>
public sealed record ArchivedItem(string Path, bool IsDirectory, ItemChange Change, ulong Size);
