using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class ParityTests(SampleRepository sample)
{
    [Theory]
    [InlineData("parity 0%", "'0%'")]
    [InlineData("parity 101%", "'101%'")]
    [InlineData("parity 5", "'5'")]
    [InlineData("parity -5%", "-5%")]
    [InlineData("parity many", "'many'")]
    [InlineData("parity 5% 6%", "6%")]
    [InlineData("parity 5% --no-lock", "--no-lock")]
    [InlineData("repair parity", "holdfast parity 5%")]
    public async Task What_makes_no_sense_is_refused(string line, string named)
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.HoldfastAsync("repo", line.Split(' '))).ShouldRefuse(1, named);
        Directory.Exists(copy.At("repo/holdfast")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_repository_made_without_parity_gets_it_and_stock_restic_does_not_mind()
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.HoldfastAsync("repo", "parity")).ShouldSucceed().Text.ShouldContain("no parity");
        (await copy.HoldfastAsync("repo", "parity", "5%", "--dry-run")).ShouldSucceed().Text.ShouldContain("would be set");
        (await copy.HoldfastAsync("repo", "parity")).ShouldSucceed().Text.ShouldContain("no parity");
        (await copy.HoldfastAsync("repo", "parity", "5%")).ShouldSucceed();
        ((double)(await copy.HoldfastAsync("repo", "parity", "--json")).ShouldSucceed().Json["percent"]!).ShouldBe(5);
        JsonNode planned = (await copy.HoldfastAsync("repo", "repair", "parity", "--dry-run", "--json")).ShouldSucceed().Json;
        int packs = Packs(copy).Length;
        ((int)planned["made"]!).ShouldBe(packs);
        Parities(copy).ShouldBeEmpty();
        (await copy.HoldfastAsync("repo", "repair", "parity")).ShouldSucceed().Text.ShouldContain($"made the parity of {packs} packs");
        Parities(copy).Length.ShouldBe(packs);
        (await copy.HoldfastAsync("repo", "repair", "parity")).ShouldSucceed().Text.ShouldContain("nothing to repair");

        Corrupt(Packs(copy).MaxBy(p => new FileInfo(p).Length)!);
        (await copy.ResticAsync("repo", "check", "--read-data")).ExitCode.ShouldNotBe(0);
        Outcome found = await copy.HoldfastAsync("repo", "check", "--read-data");
        found.ExitCode.ShouldBe(1);
        found.Error.ShouldContain("--correct");
        Outcome corrected = await copy.HoldfastAsync("repo", "check", "--read-data", "--correct", "--json");
        corrected.ShouldSucceed().Json["corrected_packs"]!.AsArray().Count.ShouldBe(1);
        (await copy.ResticAsync("repo", "check", "--read-data")).ShouldSucceed();

        // Stock restic prunes with all of it there, and every pack that it leaves has its parity after the next repair; what could bring back a pack stays (D59).
        (await copy.HoldfastAsync("repo", "forget", sample.First, "--no-trash", "--force")).ShouldSucceed();
        (await copy.RunAsync("restic", ["-r", copy.At("repo"), "--password-file", copy.PasswordFile, "prune", "--max-unused", "0"])).ShouldSucceed();
        (await copy.HoldfastAsync("repo", "repair", "parity")).ShouldSucceed();
        Packs(copy).Select(p => Path.GetFileName(p)).Except(Parities(copy).Select(p => Path.GetFileName(p))).ShouldBeEmpty();
        (await copy.HoldfastAsync("repo", "check", "--read-data")).ShouldSucceed();

        (await copy.HoldfastAsync("repo", "parity", "off")).ShouldSucceed();
        File.Exists(copy.At("repo/holdfast/parity.json")).ShouldBeFalse();
    }

    [Fact]
    public async Task Init_sets_it_and_every_backup_prune_and_repair_keeps_to_it()
    {
        using var box = new Sandbox();
        (await box.HoldfastAsync("repo", "init", "--parity", "lots")).ShouldRefuse(1, "'lots'");
        Directory.Exists(box.At("repo")).ShouldBeFalse();
        (await box.HoldfastAsync("repo", "init", "--parity", "10%")).ShouldSucceed();
        Directory.CreateDirectory(box.At("source"));
        File.WriteAllBytes(box.At("source/one"), new byte[] { 1, 2, 3 });
        (await box.HoldfastAsync("repo", "backup", "source")).ShouldSucceed();
        File.WriteAllBytes(box.At("source/two"), new byte[] { 4, 5, 6 });
        (await box.HoldfastAsync("repo", "backup", "source")).ShouldSucceed();
        Parities(box).Length.ShouldBe(Packs(box).Length);
        (await box.HoldfastAsync("repo", "forget", "--keep-last", "1", "--no-trash")).ShouldSucceed();
        (await box.HoldfastAsync("repo", "prune", "--max-unused", "0")).ShouldSucceed();
        Parities(box).Select(p => Path.GetFileName(p)).ShouldBe(Packs(box).Select(p => Path.GetFileName(p)), ignoreOrder: true);

        string pack = Packs(box)[0];
        Corrupt(pack);
        Outcome repaired = await box.HoldfastAsync("repo", "repair", "packs", Path.GetFileName(pack), "--json");
        repaired.ShouldSucceed().Json["corrected_packs"]!.AsArray().Count.ShouldBe(1);
        Directory.GetFiles(box.Root, "pack-*").ShouldBeEmpty("nothing of it was given up");
        (await box.HoldfastAsync("repo", "check", "--read-data")).ShouldSucceed();
    }

    private static void Corrupt(string pack)
    {
        byte[] content = File.ReadAllBytes(pack);
        content[content.Length / 2] ^= 1;
        File.SetUnixFileMode(pack, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(pack, content);
    }

    private static string[] Packs(Sandbox box) => Directory.GetFiles(box.At("repo/data"), "*", SearchOption.AllDirectories);

    private static string[] Parities(Sandbox box) =>
        Directory.Exists(box.At("repo/holdfast/parity")) ? Directory.GetFiles(box.At("repo/holdfast/parity"), "*", SearchOption.AllDirectories) : [];
}
