using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class MigrateTests
{
    [Fact]
    public async Task A_repository_of_version_1_becomes_one_of_version_2_for_restic_too()
    {
        using Sandbox box = await OldAsync();
        (await box.HoldfastAsync("repo", "migrate")).ShouldSucceed().Text.ShouldContain("migrate upgrade_repo_v2");
        byte[] before = File.ReadAllBytes(box.At("repo/config"));
        (await box.HoldfastAsync("repo", "migrate", "upgrade_repo_v2", "--dry-run")).ShouldSucceed().Text.ShouldContain("would");
        File.ReadAllBytes(box.At("repo/config")).ShouldBe(before);
        JsonNode done = (await box.HoldfastAsync("repo", "migrate", "upgrade_repo_v2", "--json")).ShouldSucceed().Json;
        done.ToJsonString().ShouldBe("""{"message_type":"summary","version":2,"upgraded":true,"available":[]}""");
        Directory.GetFiles(box.At("repo")).Select(Path.GetFileName).ShouldBe(["config"]);
        ((int)(await box.ResticAsync("repo", "cat", "config")).ShouldSucceed().Json["version"]!).ShouldBe(2);
        (await box.HoldfastAsync("repo", "migrate", "upgrade_repo_v2")).ShouldSucceed().Text.ShouldContain("nothing to upgrade");
        (await box.HoldfastAsync("repo", "prune", "--repack-uncompressed")).ShouldSucceed();
        (await box.ResticAsync("repo", "check", "--read-data")).ShouldSucceed();
        (await box.ResticAsync("repo", "dump", "latest", box.At("source/file"))).ShouldSucceed().Text.ShouldBe(File.ReadAllText(box.At("source/file")));
        Directory.GetFiles(box.At("repo/data"), "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length).ShouldBeLessThan(50_000, "it is compressed now");
    }

    [Fact]
    public async Task A_damaged_repository_and_an_unknown_name_are_refused()
    {
        using Sandbox box = await OldAsync();
        (await box.HoldfastAsync("repo", "migrate", "s3_layout")).ShouldRefuse(1, "s3_layout");
        (await box.HoldfastAsync("repo", "migrate", "upgrade_repo_v2", "--no-lock")).ShouldRefuse(1, "--no-lock");
        foreach (string pack in Directory.GetFiles(box.At("repo/data"), "*", SearchOption.AllDirectories))
        {
            File.Delete(pack);
        }

        Outcome refused = await box.HoldfastAsync("repo", "migrate", "upgrade_repo_v2");
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("a damaged repository is not upgraded");
        ((int)(await box.ResticAsync("repo", "cat", "config")).ShouldSucceed().Json["version"]!).ShouldBe(1);
    }

    private static async Task<Sandbox> OldAsync()
    {
        var box = new Sandbox();
        Directory.CreateDirectory(box.At("source"));
        File.WriteAllText(box.At("source/file"), string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line {i}\n")));
        (await box.ResticAsync("repo", "init", "--repository-version", "1")).ShouldSucceed();
        (await box.ResticAsync("repo", "backup", box.At("source"))).ShouldSucceed();
        return box;
    }
}
