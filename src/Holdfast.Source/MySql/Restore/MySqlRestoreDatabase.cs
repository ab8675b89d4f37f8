namespace Holdfast.Source;

/// <summary>A database that a restore makes or replaces, or gives a table.</summary>
/// <param name="Source">Its name in the snapshot.</param>
/// <param name="Target">Its name on the server.</param>
/// <param name="Exists">Whether the server has it.</param>
/// <param name="Loaded">The tables and sequences that come.</param>
/// <param name="Replaced">The names of the tables and sequences that go once those have come.</param>
internal sealed record MySqlRestoreDatabase(string Source, string Target, bool Exists, IReadOnlyList<MySqlRestoreTable> Loaded, IReadOnlyList<string> Replaced)
{
    internal IEnumerable<string> LoadedNames => Loaded.Select(t => t.Name);

    internal MySqlRestorePair Pair { get; } = MySqlRestorePair.Of(Target);
}
