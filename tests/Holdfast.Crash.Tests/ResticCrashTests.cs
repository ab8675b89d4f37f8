using Holdfast.Fixtures;

namespace Holdfast.Crash.Tests;

/// <summary>What stock restic says of a repository in which an operation was killed, and run again.</summary>
public sealed class ResticCrashTests : CrashTests
{
    public static TheoryData<string> Operations => [.. Operation.All.Select(o => o.Name)];

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Stock_restic_finds_no_damage_either(string name)
    {
        using var level = new Level.OfBackend();
        await foreach (RepositoryImage image in KillAndRerunAsync(level, Operation.All.Single(o => o.Name == name)))
        {
            using var folder = new TempFolder();
            image.WriteTo(folder.Path);
            (await new Restic(Restic.Newer ?? Restic.Stock, folder.Path, World.Password).RunAsync("check", "--read-data")).ShouldSucceed();
        }
    }
}
