namespace Holdfast.Source;

/// <summary>A database that a restore makes or replaces.</summary>
/// <param name="Source">Its name in the snapshot.</param>
/// <param name="Target">Its name on the server.</param>
/// <param name="Exists">Whether the server has it.</param>
internal sealed record PostgreSqlRestoreDatabase(string Source, string Target, bool Exists)
{
    internal const string NewMark = "__holdfast_new";
    internal const string OldMark = "__holdfast_old";

    /// <summary>Bytes of the longest name that leaves room for what is put behind it.</summary>
    internal const int MostName = 63 - 14;

    /// <summary>Tables and sequences.</summary>
    public required int Tables { get; init; }

    public required long Rows { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Whether it is another than in the snapshot, and so keeps owner, rights and settings.</summary>
    internal bool IsOther => Exists && Target != Source;

    /// <summary>Where it is loaded.</summary>
    internal string New => Target + NewMark;

    /// <summary>Where what it replaces is kept until it goes.</summary>
    internal string Old => Target + OldMark;
}
