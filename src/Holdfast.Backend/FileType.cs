namespace Holdfast.Backend;

/// <summary>The kinds of file in a repository; restic's design document, "Repository Layout".</summary>
public enum FileType
{
    Config,
    Key,
    Lock,
    Snapshot,
    Index,
    Pack,
}
