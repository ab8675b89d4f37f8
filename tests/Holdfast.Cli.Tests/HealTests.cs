using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class HealTests(SampleRepository sample)
{
    [Theory]
    [InlineData("--from-source source --from-repo repo", "exclude each other")]
    [InlineData("", "--from-repo")]
    [InlineData("--from-source missing", "there is no missing")]
    [InlineData("--from-repo repo --from-password-file password", "name another")]
    [InlineData("--from-repo missing --from-password-file password", "missing")]
    [InlineData("--from-source home --no-lock", "--no-lock")]
    public async Task What_makes_no_sense_is_refused(string options, string named)
    {
        using Sandbox copy = await sample.CopyAsync();
        Outcome outcome = await copy.HoldfastAsync("repo", ["repair", "heal", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        outcome.ExitCode.ShouldNotBe(0);
        outcome.Output.ShouldBeEmpty();
        outcome.Error.ShouldContain(named);
    }

    [Fact]
    public async Task A_sound_repository_has_nothing_to_heal()
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.HoldfastAsync("repo", "repair", "heal", "--from-source", sample.Source, "--read-data")).ShouldSucceed().Text.ShouldContain("nothing to heal");
    }

    [Fact]
    public async Task Lost_content_comes_back_from_a_repository_with_another_key()
    {
        using var box = new Sandbox();
        box.WriteSecret("other", "another password");
        (await box.RunAsync("/bin/sh", ["-c", """
            set -e
            mkdir -p source/folder && head -c 3000000 /dev/urandom > source/folder/file && echo small > source/small
            hf() { "$HOLDFAST_BINARY" -q "$@"; }
            hf -r repo -p password init
            hf -r repo -p password backup source
            hf -r second -p other init --chunker-polynomial $("$HOLDFAST_BINARY" -r repo -p password cat config | sed -n 's/.*"chunker_polynomial": *"\([0-9a-f]*\)".*/\1/p')
            hf -r second -p other backup source
            find repo/data -type f -size +100k -delete # the content; the folders above the source differ in their times
            """])).ShouldSucceed();
        (await box.HoldfastAsync("repo", "check")).ExitCode.ShouldBe(1);
        Outcome healed = await box.HoldfastAsync("repo", "repair", "heal", "--from-repo", "second", "--from-password-file", "other");
        healed.ShouldSucceed().Text.ShouldContain("is whole again");
        (await box.HoldfastAsync("repo", "repair", "index")).ShouldSucceed();
        (await box.HoldfastAsync("repo", "check", "--read-data")).ShouldSucceed();
        (await box.ResticAsync("repo", "check", "--read-data")).ShouldSucceed();
    }

    [Fact]
    public async Task Lost_content_comes_back_from_a_mirror_trees_included()
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.RunAsync("/bin/sh", ["-c", "cp -a repo mirror && rm -rf repo/data/*/*"])).ShouldSucceed();
        string[] heal = ["repair", "heal", "--from-repo", "mirror", "--from-password-file", "password"];
        JsonNode planned = (await copy.HoldfastAsync("repo", [.. heal, "--dry-run", "--json"])).ShouldSucceed().Json;
        Directory.GetFiles(copy.At("repo/data"), "*", SearchOption.AllDirectories).ShouldBeEmpty();
        JsonNode real = (await copy.HoldfastAsync("repo", [.. heal, "--json"])).ShouldSucceed().Json;
        ((int)real["healed_blobs"]!).ShouldBe((int)planned["healed_blobs"]!);
        real["snapshots"]!.AsArray().Count.ShouldBe(2);
        real["snapshots"]!.AsArray().ShouldAllBe(s => (bool)s!["whole"]!);
        (await copy.HoldfastAsync("repo", ["repair", "packs", .. real["broken_packs"]!.AsArray().Select(p => (string)p!)])).ShouldSucceed();
        (await copy.HoldfastAsync("repo", "check", "--read-data")).ShouldSucceed();
        (await copy.ResticAsync("repo", "check", "--read-data")).ShouldSucceed();
    }

    [Fact]
    public async Task Lost_content_comes_back_from_live_files_and_what_changed_since_is_named()
    {
        using Sandbox copy = await sample.CopyAsync();
        foreach (string pack in Directory.GetFiles(copy.At("repo/data"), "*", SearchOption.AllDirectories))
        {
            // Those of content are the larger ones of the sample.
            if (new FileInfo(pack).Length > 20_000)
            {
                byte[] content = File.ReadAllBytes(pack);
                File.SetUnixFileMode(pack, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                Array.Clear(content, 0, content.Length - 2000);
                File.WriteAllBytes(pack, content);
            }
        }

        Outcome healed = await copy.HoldfastAsync("repo", "repair", "heal", "--from-source", sample.Source, "--read-data");
        healed.ExitCode.ShouldBe(1, "the first snapshot has files that are not there any more");
        healed.Text.ShouldContain($"snapshot {sample.Second[..8]} is whole again");
        healed.Text.ShouldContain($"snapshot {sample.First[..8]} still misses something");
        healed.Text.ShouldContain("random is whole again");
        healed.Text.ShouldContain("source/hard is still damaged");
        (await copy.HoldfastAsync("repo", "restore", sample.Second, "--target", copy.At("restored"))).ShouldSucceed();
        (await copy.RunAsync("cmp", [copy.At("restored") + sample.Source + "/random", sample.Source + "/random"])).ShouldSucceed();
    }
}
