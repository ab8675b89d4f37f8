namespace Holdfast.Repository;

/// <summary>Pins and trash: the tag says that a snapshot is marked, <see cref="Marks"/> when and why.</summary>
public sealed partial record Snapshot
{
    public const string PinTag = "holdfast-pin";

    public const string TrashTag = "holdfast-trash";

    /// <summary>Whether a tag is one of the two that mark; users do not set them by hand.</summary>
    public static bool IsMark(string tag) => tag is PinTag or TrashTag;

    /// <summary>The tags without those that mark.</summary>
    public string[] UserTags() => Tags is { } tags ? [.. tags.Where(t => !IsMark(t))] : [];

    /// <summary>Whether all of these tags are on it; an empty tag means "has no tags". Tags that mark are passed over.</summary>
    public bool HasTags(IReadOnlyCollection<string> tags)
    {
        string[] own = UserTags();
        foreach (string tag in tags)
        {
            if (tag.Length == 0 && own.Length == 0)
            {
                return true;
            }

            if (!own.Contains(tag))
            {
                return false;
            }
        }

        return true;
    }

    public bool IsInTrash() => HasTag(TrashTag);

    /// <summary>Whether it is pinned, and the pin has not ended.</summary>
    public bool IsPinned(DateTimeOffset now) => HasTag(PinTag) && !(Marks?.Pin?.Until <= now);

    /// <summary>Whether the run could not read all of its source.</summary>
    public bool IsPartial() => Marks?.Problems > 0;

    /// <summary>Such as <c>pinned until 2027-01-01 (before the move)</c>; empty where it is not.</summary>
    public string DescribePin(DateTimeOffset now)
    {
        if (!IsPinned(now))
        {
            return string.Empty;
        }

        string until = Marks?.Pin?.Until is { } end ? $" until {end.ToLocalTime():yyyy-MM-dd HH:mm}" : string.Empty;
        return $"pinned{until}{(Marks?.Pin?.Reason is { Length: > 0 } reason ? $" ({reason})" : string.Empty)}";
    }

    public Snapshot WithUserTags(IEnumerable<string> tags) => this with { Tags = Ordered([.. tags], [.. (Tags ?? []).Where(IsMark)]) };

    public Snapshot WithPin(SnapshotPin pin) => WithMark(PinTag) with { Marks = Known() with { Pin = pin } };

    public Snapshot WithoutPin() => WithoutMark(PinTag) with { Marks = Known() with { Pin = null } };

    public Snapshot WithTrash(SnapshotTrash trash) => WithMark(TrashTag) with { Marks = Known() with { Trash = trash } };

    public Snapshot WithoutTrash() => WithoutMark(TrashTag) with { Marks = Known() with { Trash = null } };

    public Snapshot WithRun(long run) => this with { Marks = Known() with { Run = run } };

    private bool HasTag(string tag) => Tags?.Contains(tag) == true;

    private SnapshotMarks Known() => Marks ?? new();

    private Snapshot WithMark(string mark) => this with { Tags = Ordered(Tags ?? [], [mark]) };

    private Snapshot WithoutMark(string mark) => this with { Tags = Ordered([.. (Tags ?? []).Where(t => t != mark)], []) };

    /// <summary>Null for none, as restic has it.</summary>
    private static string[]? Ordered(string[] tags, string[] marks)
    {
        string[] all = [.. tags.Concat(marks).Distinct()];
        return all.Length == 0 ? null : all;
    }
}
