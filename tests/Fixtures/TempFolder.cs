using System.Diagnostics;

namespace Holdfast.Fixtures;

/// <summary>A folder of its own for one test, gone afterwards with whatever names lie in it.</summary>
internal sealed class TempFolder : IDisposable
{
    /// <param name="parent">Where to make it; null for the machine's place for temporary files.</param>
    internal TempFolder(string? parent = null)
    {
        Path = System.IO.Path.Combine(parent ?? System.IO.Path.GetTempPath(), $"holdfast-test-{Guid.NewGuid():n}");
        Directory.CreateDirectory(Path);
    }

    internal string Path { get; }

    internal string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        // .NET cannot name files whose names are not UTF-8, nor walk paths beyond the kernel's limit; rm can.
        using Process rm = Process.Start("rm", ["-rf", "--", Path]);
        rm.WaitForExit();
    }
}
