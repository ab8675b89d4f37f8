using Holdfast.Fixtures;

namespace Holdfast.Crash.Tests;

/// <summary>A small disk of which only so much is free.</summary>
internal sealed class FillingDisk : IDisposable
{
    private readonly SmallDisk _disk = new("8m");

    /// <summary>For what is tested.</summary>
    internal string Folder => Path.Combine(_disk.Path, "folder");

    private string Filler => Path.Combine(_disk.Path, "filler");

    internal void Clear()
    {
        File.Delete(Filler);
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }

        Directory.CreateDirectory(Folder);
    }

    internal void FillUpTo(int pages)
    {
        long free = new DriveInfo(_disk.Path).AvailableFreeSpace;
        File.WriteAllBytes(Filler, new byte[free - (pages * (long)Environment.SystemPageSize)]);
    }

    /// <summary>Room again.</summary>
    internal void Empty() => File.Delete(Filler);

    public void Dispose() => _disk.Dispose();
}
