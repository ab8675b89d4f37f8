using Holdfast.Archiver;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>What a backup says while it runs and when it ends, in words or JSON.</summary>
internal sealed class BackupReport
{
    private readonly Output _output;
    private readonly bool _dryRun;
    private readonly string? _plan;

    /// <param name="plan">Null for a backup without one.</param>
    internal BackupReport(Output output, bool dryRun, string? plan = null)
    {
        _plan = plan;
        _output = output;
        _dryRun = dryRun;
        Progress = new()
        {
            OnProblem = Problem,
            OnNote = Note,
            OnItem = output.Verbosity >= 2 || (output.IsJson && output.Verbosity > 0) ? Item : null,
        };
    }

    internal BackupProgress Progress { get; }

    /// <summary>The line for a terminal or a log.</summary>
    internal string Line(TimeSpan elapsed)
    {
        double rate = Progress.BytesDone / Math.Max(elapsed.TotalSeconds, 0.001);
        string total = Progress.BytesTotal > 0 ? $" of {Format.Bytes(Progress.BytesTotal)}" : string.Empty;
        string left = Remaining(elapsed) is { } time ? $", {Format.Duration(time)} left" : string.Empty;
        string problems = Progress.Problems.Count > 0 ? $", {Progress.Problems.Count} problems" : string.Empty;
        string current = Progress.Current.Length > 0 ? $"  {PathText.Printable(Progress.Current)}" : string.Empty;
        return $"[{Format.Duration(elapsed)}] {Progress.FilesDone} files, {Format.Bytes(Progress.BytesDone)}{total}, "
            + $"{Format.Bytes((long)rate)}/s{left}{problems}{current}";
    }

    internal void Status(TimeSpan elapsed) => _output.Json(
        new(
            "status", (long)elapsed.TotalSeconds, (long?)Remaining(elapsed)?.TotalSeconds,
            Progress.TotalIsKnown && Progress.BytesTotal > 0 ? Math.Min(1, (double)Progress.BytesDone / Progress.BytesTotal) : 0,
            Progress.FilesTotal, Progress.FilesDone, Progress.BytesTotal, Progress.BytesDone, Progress.Problems.Count,
            Progress.Current.Length > 0 ? [Progress.Current] : []),
        CliJson.Default.BackupStatus);

    internal void Result(BackupSummary summary)
    {
        SnapshotSummary c = summary.Counters;
        TimeSpan duration = c.BackupEnd - c.BackupStart;
        if (_output.IsJson)
        {
            _output.Json(
                new(
                    "summary", _dryRun, c.FilesNew, c.FilesChanged, c.FilesUnmodified, c.DirsNew, c.DirsChanged, c.DirsUnmodified,
                    c.DataBlobs, c.TreeBlobs, c.DataAdded, c.DataAddedPacked, c.TotalFilesProcessed, c.TotalBytesProcessed,
                    c.BackupStart, c.BackupEnd, duration.TotalSeconds, summary.Id?.ToString(), _plan),
                CliJson.Default.BackupResult);
            return;
        }

        string would = _dryRun ? "would be " : string.Empty;
        _output.Say($"files: {c.FilesNew} new, {c.FilesChanged} changed, {c.FilesUnmodified} unmodified");
        _output.Say($"dirs:  {c.DirsNew} new, {c.DirsChanged} changed, {c.DirsUnmodified} unmodified");
        _output.Say(_dryRun
            ? $"{would}added: {Format.Bytes(c.DataAdded)} before compression"
            : $"added: {Format.Bytes(c.DataAdded)} ({Format.Bytes(c.DataAddedPacked)} stored)");
        _output.Say($"{Format.Count((long)c.TotalFilesProcessed, "file")}, {Format.Bytes(c.TotalBytesProcessed)} in {Format.Duration(duration)}");
        _output.Say(summary.Id is { } id ? $"snapshot {id.Hash.ToShortString()} saved"
            : _dryRun ? "dry run: no snapshot saved" : "nothing has changed: no snapshot saved");
        if (summary.Problems.Count > 0)
        {
            _output.Complain($"{Format.Count(summary.Problems.Count, "file or folder is not as it should be", "files or folders are not as they should be")} in this snapshot: all named above");
        }
    }

    private TimeSpan? Remaining(TimeSpan elapsed) =>
        Progress.TotalIsKnown && Progress.BytesDone > 0 && Progress.BytesTotal >= Progress.BytesDone
            ? elapsed * ((double)(Progress.BytesTotal - Progress.BytesDone) / Progress.BytesDone)
            : null;

    private void Problem(BackupProblem problem) => _output.Report(problem.Path, problem.Message, "archival");

    private void Note(string note)
    {
        if (_output.IsJson && !_output.IsQuiet)
        {
            _output.WarnJson(new("note", note, _plan), CliJson.Default.BackupNote);
        }
        else
        {
            _output.Say($"note: {note}");
        }
    }

    private void Item(ArchivedItem item)
    {
        string action = item.Change switch { ItemChange.New => "new", ItemChange.Changed => "modified", _ => "unchanged" };
        if (_output.IsJson)
        {
            _output.Json(new("verbose_status", action, item.Path, item.Size), CliJson.Default.BackupItem);
        }
        else
        {
            _output.Line($"{action,-9} {PathText.Printable(item.Path)}{(item.IsDirectory ? "/" : string.Empty)}");
        }
    }
}
