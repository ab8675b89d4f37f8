using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

/// <summary>The program's own repository and cache, as a user meets them.</summary>
public sealed class OwnFolderTests
{
    [Fact]
    public async Task A_repository_inside_what_is_backed_up_is_left_out_and_damage_behind_a_cache_is_found()
    {
        using var box = new Sandbox();
        Directory.CreateDirectory(box.At("all"));
        File.WriteAllText(box.At("all/file"), "content");
        (await box.HoldfastAsync("all/repo", "init")).ShouldSucceed();
        (await box.HoldfastAsync("all/repo", "backup", box.At("all"))).ShouldSucceed();
        Outcome listing = await box.HoldfastAsync("all/repo", "ls", "latest");
        listing.ShouldSucceed();
        listing.Text.ShouldContain("all/file");
        listing.Text.ShouldNotContain("all/repo");

        string index = Directory.EnumerateFiles(box.At("all/repo/index")).Single();
        byte[] content = File.ReadAllBytes(index);
        content[content.Length / 2] ^= 1;
        File.SetUnixFileMode(index, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(index, content);
        Outcome check = await box.HoldfastAsync("all/repo", "check");
        check.ExitCode.ShouldBe(1);
        check.Error.ShouldContain(Path.GetFileName(index));
    }
}
