using System.Diagnostics;

namespace Holdfast.Fixtures;

/// <summary>A file system of its own, small enough to be filled. Needs root: call <see cref="Need"/> first.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TempFolder _folder = new();

    internal SmallDisk(string size) => Run("mount", "-t", "tmpfs", "-o", $"size={size}", "holdfast-test", Path);

    internal string Path => _folder.Path;

    internal static void Need() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a file system needs root");

    internal void MakeReadOnly() => Run("mount", "-o", "remount,ro", Path);

    public void Dispose()
    {
        Run("umount", Path);
        _folder.Dispose();
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}");
    }
}
