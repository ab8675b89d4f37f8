namespace Holdfast.Source;

/// <summary>Sentences of restores that are the same for every engine.</summary>
internal static class DatabaseRestoreText
{
    /// <param name="table">With its database.</param>
    internal static string RowsNowhereElse(string table) =>
        $"table {table} has rows on the target, and the backup leaves its rows out: they would be lost; restore under another name with --as, or give --empty-excluded if they may go";
}
