using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class RepairTests(SampleRepository sample)
{
    [Theory]
    [InlineData("repair packs abc", "'abc'")]
    [InlineData("repair packs 0000000000000000000000000000000000000000000000000000000000000000", "there is no pack 0000")]
    [InlineData("repair packs", "which id? see repair packs --help")]
    [InlineData("repair snapshots 00000000", "00000000")]
    [InlineData("repair snapshots latest:/etc", "whole snapshots")]
    [InlineData("repair index --no-lock", "--no-lock")]
    [InlineData("repair attic", "attic")]
    public async Task What_makes_no_sense_is_refused(string line, string named)
    {
        // Repairs take an exclusive lock, and other tests read the sample meanwhile.
        using Sandbox copy = await sample.CopyAsync();
        (await copy.HoldfastAsync("repo", line.Split(' '))).ShouldRefuse(1, named);
    }

    [Theory]
    [InlineData("repair index")]
    [InlineData("repair snapshots")]
    [InlineData("repair snapshots latest --forget")]
    public async Task Where_nothing_is_damaged_that_is_said(string line)
    {
        using Sandbox copy = await sample.CopyAsync();
        string[] before = Files(copy);
        (await copy.HoldfastAsync("repo", line.Split(' '))).ShouldSucceed().Text.ShouldContain("nothing to repair");
        Files(copy).ShouldBe(before);
    }

    [Fact]
    public async Task A_repository_without_any_index_gets_it_back()
    {
        using Sandbox copy = await sample.CopyAsync();
        Array.ForEach(Directory.GetFiles(copy.At("repo/index")), File.Delete);
        (await copy.HoldfastAsync("repo", "repair", "index", "--dry-run")).ShouldSucceed().Text.ShouldContain("would replace");
        Directory.GetFiles(copy.At("repo/index")).ShouldBeEmpty();
        (await copy.HoldfastAsync("repo", "repair", "index", "--json")).ShouldSucceed().Json["added_packs"]!.AsArray().Count.ShouldBeGreaterThan(1);
        (await copy.HoldfastAsync("repo", "check", "--read-data")).ShouldSucceed();
        (await copy.ResticAsync("repo", "check")).ShouldSucceed();
    }

    [Fact]
    public async Task A_damaged_pack_is_kept_aside_and_the_snapshots_go_on_without_what_is_lost()
    {
        using Sandbox copy = await sample.CopyAsync();
        string file = new DirectoryInfo(copy.At("repo/data")).EnumerateFiles("*", SearchOption.AllDirectories).MaxBy(f => f.Length)!.FullName;
        byte[] content = File.ReadAllBytes(file);
        content[content.Length / 2] ^= 1;
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(file, content);
        string id = Path.GetFileName(file);

        (await copy.HoldfastAsync("repo", "repair", "packs", id, "--dry-run")).ShouldSucceed();
        File.Exists(file).ShouldBeTrue();
        File.WriteAllText(copy.At($"pack-{id}.part"), "what a killed repair left");
        (await copy.HoldfastAsync("repo", "repair", "packs", id)).ShouldSucceed().Text.ShouldContain("1 blob is lost");
        File.Exists(copy.At($"pack-{id}.part")).ShouldBeFalse();
        File.ReadAllBytes(copy.At($"pack-{id}")).ShouldBe(content);
        File.Exists(file).ShouldBeFalse();
        (await copy.HoldfastAsync("repo", "check", "--read-data")).ExitCode.ShouldBe(1);

        Outcome repaired = (await copy.HoldfastAsync("repo", "repair", "snapshots", "--forget")).ShouldSucceed();
        repaired.Error.ShouldContain("parts are lost");
        repaired.Text.ShouldContain("repaired 2 snapshots");
        (await copy.HoldfastAsync("repo", "check", "--read-data")).ShouldSucceed();
        (await copy.ResticAsync("repo", "check", "--read-data")).ShouldSucceed();
        (await copy.HoldfastAsync("repo", "list")).ShouldSucceed().Text.ShouldContain("2 snapshots");
        (await copy.HoldfastAsync("repo", "prune")).ShouldSucceed();
    }

    [Fact]
    public async Task A_snapshot_that_cannot_be_read_goes_only_where_it_is_named_with_forget()
    {
        using Sandbox copy = await sample.CopyAsync();
        string file = copy.At($"repo/snapshots/{sample.First}");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(file, "nonsense");
        (await copy.HoldfastAsync("repo", "repair", "snapshots", "--forget")).ExitCode.ShouldBe(1);
        (await copy.HoldfastAsync("repo", "repair", "snapshots", sample.First[..8])).ShouldRefuse(1, "--forget");
        (await copy.HoldfastAsync("repo", "prune")).ShouldRefuse(1, sample.First, "repair snapshots --forget");
        (await copy.HoldfastAsync("repo", "repair", "snapshots", "--forget", "--dry-run", sample.First[..8])).ShouldSucceed();
        File.Exists(file).ShouldBeTrue();
        (await copy.HoldfastAsync("repo", "repair", "snapshots", "--forget", sample.First[..8])).ShouldSucceed();
        File.Exists(file).ShouldBeFalse();
        (await copy.HoldfastAsync("repo", "prune")).ShouldSucceed();
        (await copy.HoldfastAsync("repo", "check", "--read-data")).ShouldSucceed();
    }

    [Fact]
    public async Task What_lost_snapshots_held_is_recovered_and_survives_a_prune()
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.HoldfastAsync("repo", "recover")).ShouldSucceed().Text.ShouldContain("nothing to recover");
        (await copy.HoldfastAsync("repo", "restore", "latest", "--target", copy.At("before"))).ShouldSucceed();
        Array.ForEach(Directory.GetFiles(copy.At("repo/snapshots")), File.Delete);

        (await copy.HoldfastAsync("repo", "recover", "--dry-run")).ShouldSucceed().Text.ShouldContain("would make a snapshot");
        Directory.GetFiles(copy.At("repo/snapshots")).ShouldBeEmpty();
        JsonNode recovered = (await copy.HoldfastAsync("repo", "recover", "--json")).ShouldSucceed().Json;
        string[] trees = [.. recovered["trees"]!.AsArray().Select(t => (string)t!["id"]!)];
        trees.Length.ShouldBe(2);
        (await copy.ResticAsync("repo", "check", "--read-data")).ShouldSucceed();
        (await copy.HoldfastAsync("repo", "prune")).ShouldSucceed();
        (await copy.ResticAsync("repo", "ls", "latest")).ShouldSucceed().Text.ShouldContain($"/{trees[0]}/");
        (await copy.HoldfastAsync("repo", "restore", (string)recovered["snapshot_id"]!, "--target", copy.At("after"))).ShouldSucceed();
        List<string> sums = [];
        foreach (string folder in (string[])["before", .. trees.Select(t => "after/" + t)])
        {
            sums.Add((await copy.RunAsync("/bin/sh", ["-c", "cd \"$1\" && tar --sort=name -cf - * | sha256sum", "sh", copy.At(folder)])).ShouldSucceed().Text);
        }

        sums[1..].ShouldContain(sums[0]);
        (await copy.HoldfastAsync("repo", "forget", "--force", "--no-trash", (string)recovered["snapshot_id"]!)).ShouldSucceed();
        (await copy.HoldfastAsync("repo", "recover", "--dry-run")).ShouldSucceed().Text.ShouldContain("would make a snapshot");
        (await copy.HoldfastAsync("repo", "prune")).ShouldSucceed();
        (await copy.HoldfastAsync("repo", "recover")).ShouldSucceed().Text.ShouldContain("nothing to recover");
    }

    private static string[] Files(Sandbox box) => [.. Directory.GetFiles(box.At("repo"), "*", SearchOption.AllDirectories).Order()];
}
