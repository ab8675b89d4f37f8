namespace Holdfast.Archiver.Tests;

/// <summary>Something mounted for one test.</summary>
internal sealed class MountPoint : IDisposable
{
    private readonly string _path;

    internal MountPoint(string path, params string[] what)
    {
        _path = path;
        Directory.CreateDirectory(path);
        Command.Run("mount", [.. what, path]);
    }

    public void Dispose() => Command.Run("umount", "-l", _path);
}
