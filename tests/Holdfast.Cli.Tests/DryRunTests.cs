using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

/// <summary>What the commands that change snapshots say with --dry-run, and that they do none of it.</summary>
public sealed class DryRunTests(SampleRepository sample)
{
    [Fact]
    public async Task Pin_unpin_undelete_and_tag_say_what_they_would_do_and_write_nothing()
    {
        using Sandbox copy = await sample.CopyAsync();
        string first = sample.First[..8], second = sample.Second[..8];
        await DryAsync(copy, $"would pin {first}", "pin", first);
        await DryAsync(copy, $"would change the tags of {first}", "tag", "--add", "x", first);
        await DryAsync(copy, "would change the tags of 2 snapshots", "tag", "--set", "x");
        await DryAsync(copy, "no snapshot would be changed", "unpin", first);
        await DryAsync(copy, "no snapshot would be changed", "undelete", "--all");

        (await copy.HoldfastAsync("repo", "pin", first)).ShouldSucceed();
        await DryAsync(copy, "would unpin", "unpin", first);
        (await copy.HoldfastAsync("repo", "forget", second, "--force")).ShouldSucceed();
        await DryAsync(copy, "would bring back", "undelete", second);
        await DryAsync(copy, "would bring back", "undelete", "--all", "--no-lock");
    }

    [Fact]
    public async Task Its_JSON_names_the_snapshots_and_says_that_it_was_none()
    {
        using Sandbox copy = await sample.CopyAsync();
        JsonNode[] lines = (await copy.HoldfastAsync("repo", "tag", "--add", "x", sample.First, "--simulate", "--json")).ShouldSucceed().JsonLines;
        lines[0].ToJsonString().ShouldBe($$"""{"old_snapshot_id":"{{sample.First}}","message_type":"changed"}""");
        lines[1].ToJsonString().ShouldBe("""{"changed_snapshots":1,"dry_run":true,"message_type":"summary"}""");
    }

    [Theory]
    [InlineData("pin", "abcdef01")]
    [InlineData("unpin", "abcdef01")]
    [InlineData("undelete", "abcdef01")]
    [InlineData("tag", "--add", "x", "abcdef01")]
    public async Task A_wrong_id_is_refused_all_the_same(params string[] arguments) =>
        (await sample.HoldfastAsync([.. arguments, "--dry-run"])).ShouldRefuse(1, "there is no snapshot abcdef01");

    private static async Task DryAsync(Sandbox copy, string says, params string[] arguments)
    {
        string before = await StateAsync(copy);
        (await copy.HoldfastAsync("repo", [.. arguments, "--dry-run"])).ShouldSucceed().Text.ShouldContain(says);
        (await StateAsync(copy)).ShouldBe(before);
    }

    /// <summary>Every file of the repository, and when it was written.</summary>
    private static async Task<string> StateAsync(Sandbox copy) =>
        (await copy.RunAsync("find", [copy.At("repo"), "-type", "f", "-printf", "%P %s %T@\n"])).ShouldSucceed().Text;
}
