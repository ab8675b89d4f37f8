using System.Globalization;

namespace Holdfast.Source;

/// <summary>What a restore would do; carried out by <see cref="MySqlRestorer.ExecuteAsync"/>.</summary>
public sealed record MySqlRestorePlan
{
    internal MySqlRestorePlan(MySqlSnapshot snapshot, bool withoutLog)
    {
        Snapshot = snapshot;
        WithoutLog = withoutLog;
    }

    public required MySqlRestoreRequest Request { get; init; }

    /// <summary>In order of their names.</summary>
    public required IReadOnlyList<MySqlRestoreDatabase> Databases { get; init; }

    /// <summary>What somebody should know before, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Whether the binary log is left alone.</summary>
    internal bool WithoutLog { get; }

    internal MySqlSnapshot Snapshot { get; }

    /// <summary>In words and numbers, a line each.</summary>
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

        if (Request.Users)
        {
            yield return "create accounts that are missing, and add grants";
        }

        foreach (string note in Notes)
        {
            yield return $"note: {note}";
        }
    }
}
