using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>How to restore. Immutable.</summary>
public sealed record RestoreOptions
{
    /// <summary>What becomes of entries that are there already; default always.</summary>
    public OverwriteMode Overwrite
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "is no overwrite mode");
    } = OverwriteMode.Always;

    /// <summary>
    /// Removes what the snapshot lacks from the directories that are restored, as far as <see cref="Holds"/> and <see cref="Select"/>
    /// go: in the end, if all else was restored, and from no repository, no mount and none of <see cref="OwnFolders"/>. Default false.
    /// </summary>
    public bool Delete { get; init; }

    /// <summary>
    /// Folders of the program itself, which no snapshot has: <see cref="Delete"/> leaves them as they are. Known by device and inode,
    /// so by whatever path they are met.
    /// </summary>
    public IReadOnlyList<FileStatus> OwnFolders { get; init; } = [];

    /// <summary>
    /// The paths that the snapshot was made of, absolute. What is not at or below one of them is only the way there: nothing
    /// is deleted in such a directory, and a link in its place is followed inside the target or left alone. Null, the
    /// default, where the whole tree counts; empty where nothing of it does.
    /// </summary>
    public IReadOnlyList<string>? Holds { get; init; }

    /// <summary>Leaves holes where content has runs of zeros of 4 KiB or more; default false.</summary>
    public bool Sparse { get; init; }

    /// <summary>Reads every restored file back afterwards and compares it with the hashes; default false.</summary>
    public bool Verify { get; init; }

    /// <summary>Only finds out what would be done; nothing is written, the target folder included. Default false.</summary>
    public bool DryRun { get; init; }

    /// <summary>
    /// For a path inside the snapshot, such as <c>/etc/passwd</c> in the encoding of <see cref="PathText"/>, and
    /// whether it is a directory: whether it is selected, and whether something below it may be. Must give the same answer
    /// every time, from any thread. Null, the default, selects everything.
    /// </summary>
    public Func<string, bool, (bool Selected, bool Descend)>? Select { get; init; }

    /// <summary>
    /// For the name of an extended attribute, such as <c>user.comment</c>, ACLs and file capabilities included: whether it is
    /// restored. Called from any thread. Null, the default, selects all.
    /// </summary>
    public Func<string, bool>? SelectAttribute { get; init; }

    /// <summary>
    /// Gives each entry to the user and the group of the same names on this machine, where there are such, in place of the same
    /// numbers; those in ACLs stay. Default false.
    /// </summary>
    public bool OwnersByName { get; init; }

    internal (bool Selected, bool Descend) Selects(string path, bool isDirectory) =>
        Select is null ? (true, true) : Select(path, isDirectory);
}
