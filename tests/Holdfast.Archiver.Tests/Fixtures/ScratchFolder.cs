namespace Holdfast.Archiver.Tests;

/// <summary>A folder for one test, with places for a source and a target in it; gone afterwards.</summary>
internal sealed class ScratchFolder : IDisposable
{
    internal ScratchFolder()
    {
        Path = Directory.CreateTempSubdirectory("holdfast-restore-test-").FullName;
        Directory.CreateDirectory(Source);
    }

    internal string Path { get; }

    internal string Source => Path + "/source";

    /// <summary>Not made in advance.</summary>
    internal string Target => Path + "/target";

    internal string PlaceInTarget(string name, string content)
    {
        string path = Target + "/" + name;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    internal string TextInTarget(string name) => File.ReadAllText(Target + "/" + name);

    // rm, because .NET cannot name files whose names are not text.
    public void Dispose() => Command.Run("rm", "-rf", Path);
}
