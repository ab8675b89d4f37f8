using Holdfast.Repository;

namespace Holdfast.Cli.Terminal;

/// <summary>The line that says how far a long operation is.</summary>
internal static class StageText
{
    internal static string Describe(StageProgress progress, TimeSpan elapsed)
    {
        (long done, long total) = (progress.Done, progress.Total);
        string count = total > 0 ? $": {done} of {total}" : done > 0 ? $": {done}" : string.Empty;
        string left = total > done && done > 0 ? $", {Format.Duration(elapsed * ((double)(total - done) / done))} left" : string.Empty;
        return $"[{Format.Duration(elapsed)}] {progress.Stage}{count}{left}";
    }
}
