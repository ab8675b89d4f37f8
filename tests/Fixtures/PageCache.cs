using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Holdfast.Fixtures;

/// <summary>What the kernel keeps of a file in memory.</summary>
internal static class PageCache
{
    private const long CacheStat = 451; // cachestat(2), since Linux 6.5; the same number on all processors

    /// <summary>Has the kernel keep nothing of a file, and skips the test where it cannot, or cannot tell.</summary>
    internal static void Need(string path)
    {
        Assert.SkipWhen(Count(path) < 0, "this kernel does not tell what is in its page cache: it is older than 6.5");
        Drop(path);
        Assert.SkipWhen(Pages(path) > 0, "this file system is the page cache");
    }

    /// <summary>How many of the file's pages are in memory, or on their way there.</summary>
    internal static long Pages(string path)
    {
        long pages = Count(path);
        pages.ShouldBeGreaterThanOrEqualTo(0, "cachestat failed");
        return pages;
    }

    /// <summary>Writes the file to its disk, and has the kernel keep none of it.</summary>
    private static void Drop(string path)
    {
        using Process process = Process.Start("dd", [$"of={path}", "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none"]);
        process.WaitForExit();
        process.ExitCode.ShouldBe(0);
    }

    private static long Count(string path)
    {
        using FileStream file = File.OpenRead(path);
        long[] range = [0, 0], counts = new long[5]; // all of the file; the first count is of cached pages
        return SystemCall(CacheStat, file.SafeFileHandle.DangerousGetHandle(), range, counts, 0) == 0 ? counts[0] : -1;
    }

    [DllImport("libc", EntryPoint = "syscall")]
    private static extern long SystemCall(long number, nint descriptor, long[] range, [In, Out] long[] counts, long flags);
}
