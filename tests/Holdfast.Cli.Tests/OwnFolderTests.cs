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

    /// <summary>D53. The snapshot has none of these folders: to --delete they look like something made since.</summary>
    [Theory]
    [InlineData("all/repo", false)]
    [InlineData("all/deep/er/repo", false)]
    [InlineData("all/repo", true)]
    public async Task A_restore_with_delete_in_place_leaves_the_repository_inside_it_whole(string repository, bool withCache)
    {
        using var box = new Sandbox();
        Directory.CreateDirectory(box.At("all/deep"));
        File.WriteAllText(box.At("all/file"), "content");
        string[] sources = withCache ? [box.At("all"), box.At("home")] : [box.At("all")];
        (await box.HoldfastAsync(repository, "init")).ShouldSucceed();
        (await box.HoldfastAsync(repository, ["backup", .. sources])).ShouldSucceed();
        (await box.HoldfastAsync("all/another one", "init")).ShouldSucceed();
        Directory.CreateDirectory(box.At("all/deep/since"));
        File.WriteAllText(box.At("all/deep/since/file"), "made since");
        string stamp = box.At("home/.cache/holdfast/kept");
        Directory.CreateDirectory(Path.GetDirectoryName(stamp)!);
        File.WriteAllText(stamp, "x");

        foreach (string source in sources)
        {
            Outcome restore = await box.HoldfastAsync(repository, "restore", "latest:" + source, "--target", source, "--delete");
            restore.ShouldSucceed();
            restore.Error.ShouldContain("nothing in it is deleted");
        }

        Directory.Exists(box.At("all/deep/since")).ShouldBeFalse();
        File.Exists(stamp).ShouldBeTrue();
        (await box.HoldfastAsync(repository, "check", "--read-data")).ShouldSucceed();
        (await box.HoldfastAsync("all/another one", "check")).ShouldSucceed();
    }
}
