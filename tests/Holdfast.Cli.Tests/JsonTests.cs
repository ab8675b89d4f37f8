using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

/// <summary>Who asks for JSON gets nothing else, whatever goes wrong.</summary>
public sealed class JsonTests(SampleRepository sample)
{
    [Fact]
    public async Task Every_command_speaks_nothing_but_json_of_a_damaged_repository()
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.ScriptAsync("""
            set -e
            mkdir -p data && echo there > data/file
            hf -r other -p password init > /dev/null
            # A byte in each of the small packs, which are those of trees.
            find repo/data -type f -size -64k | while read p; do
              chmod u+w $p
              printf X | dd of=$p bs=1 seek=40 conv=notrunc status=none
            done
            """)).ShouldSucceed();
        string pack = Path.GetFileName(Directory.GetFiles(copy.At("repo/data"), "*", SearchOption.AllDirectories)[0]);
        string[][] commands =
        [
            ["ls", "latest"], ["ls", "latest", "/nowhere"], ["ls", "latest:/nowhere"], ["find", "zeros"], ["find", "--blob", "00"], ["stats"], ["stats", "--mode", "raw-data"],
            ["diff", sample.First, "latest"], ["list"], ["show", "latest"], ["list", "--group-by", "host"],
            ["check"], ["check", "--read-data"], ["check", "--read-budget", "10%"],
            ["backup", "/nosuch"], ["backup", "/nosuch", copy.At("data")], ["backup", copy.At("data"), "--dry-run", "-v"],
            ["restore", "latest", "--target", copy.At("restored")], ["restore", "latest", "--target", copy.At("restored"), "--dry-run", "-v"],
            ["forget", "--keep-last", "1", "--dry-run"], ["forget", "--keep-last", "1", "--forecast"], ["prune", "--dry-run"], ["prune", "--dry-run", "-vv"],
            ["repair", "index", "--dry-run"], ["repair", "index", "--read-all-packs", "--dry-run"], ["repair", "packs", pack, "--dry-run"],
            ["repair", "snapshots", "--dry-run"], ["repair", "parity", "--dry-run"], ["repair", "heal", "--dry-run", "--from-repo", copy.At("other"), "--from-password-file", copy.PasswordFile],
            ["copy", "--dry-run", "--from-repo", copy.At("other"), "--from-password-file", copy.PasswordFile], ["rewrite", "--exclude", "zeros", "--dry-run"],
            ["tag", "--add", "x", "--dry-run"], ["pin", "latest", "--dry-run"], ["undelete", "latest", "--dry-run"], ["parity"], ["migrate"], ["key", "list"], ["unlock"],
            ["cat", "config"], ["cat", "snapshot", "latest"], ["acknowledge"], ["config", "check"], ["app", "list"], ["database", "list", "--config", "/nosuch"], ["nonsense"], ["ls"],
        ];
        int complaints = 0;
        foreach (string[] command in commands)
        {
            string called = string.Join(' ', command);
            Outcome outcome = await copy.HoldfastAsync("repo", [.. command, "--no-cache", "--json"]);
            Should.NotThrow(() => command[0] == "cat" ? [outcome.Json] : outcome.JsonLines, called);
            foreach (string line in outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var said = Should.NotThrow(() => JsonNode.Parse(line), $"{called}: {line}") as JsonObject;
                ((string?)said?["message_type"]).ShouldBeOneOf(["error", "warning", "exit_error"], called);
                complaints += (string?)said!["message_type"] == "error" ? 1 : 0;
            }
        }

        complaints.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task A_damage_and_what_is_not_there_are_errors_as_restic_writes_them()
    {
        using Sandbox copy = await sample.CopyAsync();
        string pack = Directory.GetFiles(copy.At("repo/data"), "*", SearchOption.AllDirectories).MaxBy(f => new FileInfo(f).Length)!;
        File.Delete(pack);
        JsonNode damage = Lines(await copy.HoldfastAsync("repo", "check", "--json"))[0];
        ((string?)damage["message_type"]).ShouldBe("error");
        ((string)damage["message"]!).ShouldContain(Path.GetFileName(pack)[..8]);

        JsonNode missing = Lines(await copy.HoldfastAsync("repo", "ls", "latest", "/nowhere", "--json")).ShouldHaveSingleItem();
        ((string?)missing["message_type"]).ShouldBe("error");
        ((string)missing["message"]!).ShouldStartWith("snapshot ");

        JsonNode absent = Lines(await copy.HoldfastAsync("repo", "backup", "/nosuch", copy.Root + "/password", "--json"))[0];
        ((string?)absent["message_type"]).ShouldBe("error");
        ((string?)absent["item"]).ShouldBe("/nosuch");
        ((string?)absent["during"]).ShouldBe("scan");
    }

    private static JsonNode[] Lines(Outcome outcome) =>
        [.. outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)];
}
