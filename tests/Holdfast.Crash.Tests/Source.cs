using Holdfast.Archiver.Tests;
using Holdfast.Fixtures;

namespace Holdfast.Crash.Tests;

/// <summary>A folder that changes from backup to backup, and what it was at each. One thread at a time.</summary>
internal sealed class Source(string path, Random random)
{
    private readonly Dictionary<string, string[]> _states = [];

    internal string Path { get; } = path;

    internal string[] Now => TreeListing.Of(Path);

    /// <summary>The ids of the snapshots that were made of it.</summary>
    internal IReadOnlyCollection<string> Snapshots => _states.Keys;

    /// <summary>Some files more, some less, some other content, and now and then a large one.</summary>
    internal void Change()
    {
        Directory.CreateDirectory(Path);
        foreach (string path in Directory.GetFiles(Path, "*", SearchOption.AllDirectories).Where(_ => random.Next(5) == 0))
        {
            File.Delete(path);
        }

        for (int i = random.Next(5, 40); i > 0; i--)
        {
            string path = System.IO.Path.Combine(Path, $"folder{random.Next(6)}", $"file{random.Next(40)}");
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, random.Bytes(random.Next(15) == 0 ? 3_000_000 : random.Next(20_000)));
        }
    }

    internal void Remember(string snapshot, string[] state) => _states[snapshot] = state;

    internal bool Knows(string snapshot) => _states.ContainsKey(snapshot);

    /// <summary>It was that at one of the snapshots, whichever.</summary>
    internal void ShouldHaveBeen(string restored, string when)
    {
        string[] found = TreeListing.Of(restored);
        _states.Values.ShouldContain(state => state.SequenceEqual(found), when);
    }

    internal void ShouldBe(string snapshot, string restored) => TreeListing.Of(restored).ShouldBe(_states[snapshot], $"snapshot {snapshot}");
}
