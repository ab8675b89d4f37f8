namespace Holdfast.Source;

/// <summary>A database under restore, and the two beside it.</summary>
/// <param name="New">Where it is loaded.</param>
/// <param name="Old">Where what it replaces is kept.</param>
internal sealed record MySqlRestorePair(string Target, string New, string Old)
{
    /// <summary>Where restored tables go that had their place when a restore was cut short, and may have been written to since. Ours no more: only a person removes it.</summary>
    internal string Aside => $"{Target}{Mark}was";

    internal const string Mark = "__holdfast_";

    /// <summary>The longest name that leaves room for what is put behind it.</summary>
    internal const int MostName = 64 - 14;

    /// <summary>In both databases beside: the sign that they are ours, and in the old one the notes.</summary>
    internal const string NotesTable = "__holdfast";

    internal static MySqlRestorePair Of(string target) => new(target, $"{target}{Mark}new", $"{target}{Mark}old");
}
