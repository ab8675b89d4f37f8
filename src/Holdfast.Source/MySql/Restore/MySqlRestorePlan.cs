using System.Globalization;

namespace Holdfast.Source;

/// <summary>What a restore to a MySQL or MariaDB server would do.</summary>
internal sealed record MySqlRestorePlan(MySqlRestorer Restorer, MySqlSnapshot Snapshot) : IDatabaseRestorePlan
{
    public required DatabaseRestoreRequest Request { get; init; }

    /// <summary>In order of their names.</summary>
    public required IReadOnlyList<MySqlRestoreDatabase> Databases { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Replaced => Request.Table is null ? [.. Databases.Where(d => d.Exists && d.Replaced.Count > 0).Select(d => d.Target)] : [];

    /// <summary>What somebody should know before, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Whether the binary log is left alone.</summary>
    public required bool WithoutLog { get; init; }

    /// <summary>The script that runs before the swap; null for none.</summary>
    public required MySqlMask? Mask { get; init; }

    /// <summary>Whether this restore replaces all that an earlier one, which was cut short, had put in place.</summary>
    internal bool Replaces(MySqlSwapNotes notes) =>
        Databases.Any(d => d.Target == notes.Pair.Target) && (Request.Table is null || (notes.IsTable && notes.NewTables.All(t => t == Request.Table)));

    /// <inheritdoc/>
    public IEnumerable<string> Describe()
    {
        foreach (MySqlRestoreDatabase database in Databases)
        {
            string verb = Request.Table is not null ? "load into" : database.Exists ? "replace" : "create";
            string tables = string.Create(
                CultureInfo.InvariantCulture, $"{database.Loaded.Count} tables, {database.Loaded.Sum(t => t.Rows ?? 0)} rows, {database.Loaded.Sum(t => t.Bytes)} bytes of rows");
            string goes = database.Replaced.Count == 0 ? string.Empty : $"; {database.Replaced.Count} tables that are there go once these are loaded";
            yield return $"{verb} database {database.Target}: {tables}{goes}";
        }

        if (Request.Mask is { } mask)
        {
            yield return $"run the mask {mask} before anybody sees the data";
        }

        if (Request.Users)
        {
            yield return "create accounts that are missing, and add grants";
        }

        foreach (string note in Notes)
        {
            yield return $"note: {note}";
        }
    }

    /// <inheritdoc/>
    public Task<DatabaseRestoreReport> ExecuteAsync(CancellationToken cancellation) => Restorer.ExecuteAsync(this, cancellation);
}
