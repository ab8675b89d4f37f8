using Holdfast.Repository;

namespace Holdfast.Cli.Terminal;

/// <summary>The line that says how far a long operation is.</summary>
internal static class StageText
{
    /// <summary>Progress whose notes go to standard error, whose hints are said, and whose details are said where they were asked for.</summary>
    /// <param name="note">How a note is said; as a warning where it is null.</param>
    internal static StageProgress Told(Output output, Action<string>? note = null) => new()
    {
        OnNote = note ?? output.Warn,
        OnHint = output.Say,
        OnDetail = detail => { if (output.Verbosity > 0) { output.Say(detail); } },
    };

    internal static string Describe(StageProgress progress, TimeSpan elapsed)
    {
        (long done, long total) = (progress.Done, progress.Total);
        string count = total > 0 ? $": {done} of {total}" : done > 0 ? $": {done}" : string.Empty;
        string left = total > done && done > 0 ? $", {Format.Duration(elapsed * ((double)(total - done) / done))} left" : string.Empty;
        return $"[{Format.Duration(elapsed)}] {progress.Stage}{count}{left}";
    }
}
