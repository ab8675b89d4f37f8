using System.Diagnostics;
using System.Globalization;

namespace Holdfast.Fixtures;

/// <summary>What the kernel keeps of a file in memory.</summary>
internal static class PageCache
{
    /// <summary>Writes the file to its disk, and has the kernel keep none of it; where the file system is memory, all of it stays.</summary>
    internal static void Drop(string path) => Run("dd", $"of={path}", "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none");

    /// <summary>How many of the file's pages are in memory.</summary>
    internal static int Pages(string path) => int.Parse(Run("fincore", "--noheadings", "--output", "PAGES", path), CultureInfo.InvariantCulture);

    /// <summary>Waits half a minute at most for as many pages.</summary>
    internal static async Task<bool> HasAsync(string path, int pages)
    {
        var patience = Stopwatch.StartNew();
        while (Pages(path) < pages)
        {
            if (patience.Elapsed > TimeSpan.FromSeconds(30))
            {
                return false;
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        return true;
    }

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, program);
        return output;
    }
}
