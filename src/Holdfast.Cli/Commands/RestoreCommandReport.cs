using Holdfast.Archiver;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;

namespace Holdfast.Cli.Commands;

/// <summary>What a restore says while it runs and when it ends, in words or JSON.</summary>
internal sealed class RestoreCommandReport
{
    private readonly Output _output;
    private readonly bool _dryRun;

    internal RestoreCommandReport(Output output, bool dryRun)
    {
        _output = output;
        _dryRun = dryRun;
        Progress = new()
        {
            Failed = Failed,
            Kept = (path, reason) => output.Warn($"{PathText.Printable(path)}: {reason}"),
            Noted = output.Warn,
            ItemDone = output.Verbosity >= (dryRun || output.IsJson ? 1 : 2) ? Item : null,
        };
    }

    internal RestoreProgress Progress { get; }

    internal string Line(TimeSpan elapsed)
    {
        long done = Progress.BytesRestored + Progress.BytesSkipped;
        double rate = done / Math.Max(elapsed.TotalSeconds, 0.001);
        string left = done > 0 && Progress.BytesTotal > done ? $", {Format.Duration(elapsed * ((double)(Progress.BytesTotal - done) / done))} left" : string.Empty;
        return $"[{Format.Duration(elapsed)}] {Progress.EntriesRestored} of {Progress.EntriesTotal} entries, "
            + $"{Format.Bytes(done)} of {Format.Bytes(Progress.BytesTotal)}, {Format.Bytes((long)rate)}/s{left}";
    }

    internal void Status(TimeSpan elapsed) => _output.Json(
        new(
            "status", (long)elapsed.TotalSeconds,
            Progress.BytesTotal > 0 ? Math.Min(1, (double)(Progress.BytesRestored + Progress.BytesSkipped) / Progress.BytesTotal) : 0,
            Progress.EntriesTotal, Progress.EntriesRestored, Progress.EntriesSkipped, Progress.EntriesDeleted,
            Progress.BytesTotal, Progress.BytesRestored, Progress.BytesSkipped),
        CliJson.Default.RestoreStatus);

    internal void Result(RestoreSummary summary, TimeSpan elapsed)
    {
        if (_output.IsJson)
        {
            _output.Json(
                new(
                    "summary", (long)elapsed.TotalSeconds, null, summary.EntriesTotal, summary.EntriesRestored, summary.EntriesSkipped,
                    summary.EntriesDeleted, summary.BytesTotal, summary.BytesRestored, summary.BytesSkipped),
                CliJson.Default.RestoreStatus);
            return;
        }

        string would = _dryRun ? "would be " : string.Empty;
        string skipped = summary.EntriesSkipped > 0 ? $", {summary.EntriesSkipped} left as they are" : string.Empty;
        string deleted = summary.EntriesDeleted > 0 ? $", {summary.EntriesDeleted} {would}deleted" : string.Empty;
        string verified = summary.FilesVerified > 0 ? $", {Format.Count(summary.FilesVerified, "file")} verified" : string.Empty;
        _output.Say($"{summary.EntriesRestored} of {summary.EntriesTotal} entries {would}restored ({Format.Bytes(summary.BytesRestored)} written)"
            + $"{skipped}{deleted}{verified} in {Format.Duration(elapsed)}");
        if (!summary.IsComplete)
        {
            _output.Complain(
                $"{Format.Count(summary.Failures.Count, "entry is", "entries are")} not as in the snapshot, {Format.Count(summary.LostFiles.Count, "file is", "files are")} lost: all named above");
        }
    }

    private void Failed(RestoreFailure failure) => _output.Report(failure.Path, failure.Reason, "restore");

    private void Item(RestoreAction action, string path, long size)
    {
        string word = action.ToString().ToLowerInvariant();
        if (_output.IsJson)
        {
            _output.Json(new("verbose_status", word, path, (ulong)size), CliJson.Default.BackupItem);
        }
        else
        {
            _output.Line($"{word,-9} {PathText.Printable(path)}");
        }
    }
}
