using Holdfast.Repository;

namespace Holdfast.Cli.Terminal;

/// <summary>The line that says how far a long operation is.</summary>
internal static class StageText
{
    internal static string Describe(StageProgress progress, TimeSpan elapsed) => Describe(progress.Stage, progress.Done, progress.Total, elapsed);

    internal static string Describe(CheckProgress progress, TimeSpan elapsed) => Describe(progress.Stage, progress.Done, progress.Total, elapsed);

    private static string Describe(string stage, long done, long total, TimeSpan elapsed)
    {
        string count = total > 0 ? $": {done} of {total}" : done > 0 ? $": {done}" : string.Empty;
        string left = total > done && done > 0 ? $", {Format.Duration(elapsed * ((double)(total - done) / done))} left" : string.Empty;
        return $"[{Format.Duration(elapsed)}] {stage}{count}{left}";
    }
}
