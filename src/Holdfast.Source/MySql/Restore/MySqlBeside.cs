namespace Holdfast.Source;

/// <summary>A database whose name says that it lies beside one that is restored.</summary>
/// <param name="HasNotes">Whether our sign is in it.</param>
/// <param name="IsEmpty">Whether it has no tables, routines or events at all, as when a kill came right after it was made.</param>
/// <param name="IsLogged">Whether the binary log has it; null where that is not known.</param>
internal sealed record MySqlBeside(string Name, bool HasNotes, bool IsEmpty, bool? IsLogged)
{
    internal bool IsOurs => HasNotes || IsEmpty;

    internal MySqlRestorePair Pair => MySqlRestorePair.Of(Name[..Name.LastIndexOf(MySqlRestorePair.Mark, StringComparison.Ordinal)]);
}
