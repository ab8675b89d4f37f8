namespace Holdfast.Crash.Tests;

/// <summary>How many points were replayed: a line for each replay in the file that HOLDFAST_CRASH_REPORT names, added up by ./test.</summary>
internal static class CrashReport
{
    private static readonly Lock Gate = new();

    /// <summary>Whether this is the long run.</summary>
    internal static bool IsSoak { get; } = Environment.GetEnvironmentVariable("HOLDFAST_SOAK") == "1";

    internal static void Add(string where, string what, int points)
    {
        if (Environment.GetEnvironmentVariable("HOLDFAST_CRASH_REPORT") is { Length: > 0 } path)
        {
            lock (Gate)
            {
                File.AppendAllText(path, $"{where} {what} {points}\n");
            }
        }
    }
}
