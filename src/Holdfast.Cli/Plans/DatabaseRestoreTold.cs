using Holdfast.Cli.Terminal;
using Holdfast.Source;

namespace Holdfast.Cli.Plans;

/// <summary>What a restore of databases says while it runs and when it ends, in words or JSON.</summary>
/// <param name="name">The limit, or the mirror, that it is about.</param>
/// <param name="snapshot">The snapshot's whole id.</param>
internal sealed class DatabaseRestoreTold(Output output, string name, string snapshot, DatabaseRestoreProgress progress)
{
    private readonly HashSet<string> _said = [];

    /// <summary>Says what somebody should know before, as long as there is time to think better of it.</summary>
    internal void Before(IDatabaseRestorePlan plan)
    {
        foreach (string note in plan.Notes.Where(n => !output.IsJson && _said.Add(n)))
        {
            output.Say($"note: {note}");
        }
    }

    /// <summary>Runs it, says how far it is, and then what came of it.</summary>
    internal async Task RunAsync(Func<CancellationToken, Task<DatabaseRestoreReport>> restore, CancellationToken cancellation)
    {
        long start = TimeProvider.System.GetTimestamp();
        DatabaseRestoreReport report;
        await using (new ProgressLine(output, Line, Status))
        {
            report = await restore(cancellation);
        }

        Result(report, TimeProvider.System.GetElapsedTime(start));
    }

    /// <summary>What a dry run would do.</summary>
    internal void Plan(IDatabaseRestorePlan plan)
    {
        List<string> lines = [.. plan.Describe()];
        if (output.IsJson)
        {
            output.Json(new("summary", true, name, snapshot, lines, null, null, null, null, null), PlanJson.Default.DatabaseRestoreSummary);
            return;
        }

        lines.ForEach(output.Line);
    }

    private string Line(TimeSpan elapsed)
    {
        (long done, long total) = (progress.BytesDone, progress.BytesTotal);
        string left = done > 0 && total > done ? $", {Format.Duration(elapsed * ((double)(total - done) / done))} left" : string.Empty;
        return $"[{Format.Duration(elapsed)}] {progress.Step}, {Format.Bytes(done)} of {Format.Bytes(total)}{left}";
    }

    private void Status(TimeSpan elapsed)
    {
        (long done, long total) = (progress.BytesDone, progress.BytesTotal);
        output.Json(
            new("status", (long)elapsed.TotalSeconds, total > 0 ? Math.Min(1, (double)done / total) : 0, progress.Step, done, total), PlanJson.Default.DatabaseRestoreStatus);
    }

    private void Result(DatabaseRestoreReport report, TimeSpan elapsed)
    {
        if (output.IsJson)
        {
            output.Json(
                new("summary", false, name, snapshot, null, report.Databases, report.Tables, report.Rows, report.Accounts, report.Notes), PlanJson.Default.DatabaseRestoreSummary);
            return;
        }

        output.Say($"{name}: {Format.Count(report.Databases, "database")} restored with {Format.Count(report.Tables, "table")} and {Format.Count(report.Rows, "row")} in {Format.Duration(elapsed)}");
        foreach (string line in report.Accounts.Select(a => $"account {a} made").Concat(report.Notes.Where(n => !_said.Contains(n)).Select(n => $"note: {n}")))
        {
            output.Say(line);
        }
    }
}
