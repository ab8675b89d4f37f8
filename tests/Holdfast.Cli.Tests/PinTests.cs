using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class PinTests(SampleRepository sample)
{
    [Fact]
    public async Task A_pin_is_shown_here_is_a_tag_for_restic_and_goes_again()
    {
        using Sandbox copy = await sample.CopyAsync();
        JsonNode[] lines = (await copy.HoldfastAsync("repo", "pin", sample.First[..8], "--reason", "tax [2026]", "--until", "2036-12-31", "--json")).ShouldSucceed().JsonLines;
        string pinned = (string)lines[0]["new_snapshot_id"]!;
        ((string)lines[0]["old_snapshot_id"]!).ShouldBe(sample.First);
        lines[1]["changed_snapshots"]!.GetValue<int>().ShouldBe(1);

        string list = (await copy.HoldfastAsync("repo", "list", "--compact")).ShouldSucceed().Text;
        list.ShouldContain("one,two; pinned until 2037-01-01 00:00 (tax [2026])");
        list.ShouldNotContain("holdfast-pin");
        JsonNode listed = (await copy.HoldfastAsync("repo", "list", sample.First, "--json")).ShouldSucceed().Json[0]!;
        ((string)listed["id"]!).ShouldBe(pinned);
        ((string)listed["pin"]!["reason"]!).ShouldBe("tax [2026]");
        listed["tags"]!.ToJsonString().ShouldBe("""["one","two"]""");
        (await copy.HoldfastAsync("repo", "list", "--tag", "holdfast-pin", "--json")).ShouldSucceed().Json.AsArray().ShouldBeEmpty();
        ((string)(await copy.ResticAsync("repo", "snapshots", "--tag", "holdfast-pin", "--json")).ShouldSucceed().Json.AsArray().ShouldHaveSingleItem()!["id"]!).ShouldBe(pinned);

        (await copy.HoldfastAsync("repo", "pin", pinned, "--reason", "tax [2026]", "--until", "2036-12-31")).ShouldSucceed().Text.ShouldContain("no snapshot was changed");
        (await copy.HoldfastAsync("repo", "unpin", sample.First)).ShouldSucceed().Text.ShouldContain($"unpinned {pinned[..8]}, which is now");
        (await copy.HoldfastAsync("repo", "unpin", sample.First)).ShouldSucceed().Text.ShouldContain("no snapshot was changed");
        (await copy.ResticAsync("repo", "snapshots", "--tag", "holdfast-pin", "--json")).ShouldSucceed().Json.AsArray().ShouldBeEmpty();
        (await copy.ResticAsync("repo", "check")).ShouldSucceed();
    }

    [Theory]
    [InlineData("would have ended already", "latest", "--until", "2020-01-01")]
    [InlineData("'soon' is no date", "latest", "--until", "soon")]
    [InlineData("there is no snapshot abcdef01", "abcdef01")]
    [InlineData("'xyz' is no id", "xyz")]
    [InlineData("snapshot", "--reason", "why")]
    public async Task A_pin_that_makes_no_sense_is_refused(string reason, params string[] arguments)
    {
        using Sandbox copy = await sample.CopyAsync(); // it locks the repository, which others read
        (await copy.HoldfastAsync("repo", ["pin", .. arguments, "--json"])).Refusal().ShouldContain(reason);
    }

    [Fact]
    public async Task What_is_in_the_trash_is_not_pinned_and_undelete_wants_to_know_what()
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.HoldfastAsync("repo", "forget", sample.First, "--force")).ShouldSucceed();
        (await copy.HoldfastAsync("repo", "pin", sample.First)).ShouldRefuse(1, "in the trash", "undelete");
        (await copy.HoldfastAsync("repo", "undelete")).ShouldRefuse(1, "--all");
        (await copy.HoldfastAsync("repo", "undelete", "--all", sample.First)).ShouldRefuse(1, "--all");
        (await copy.HoldfastAsync("repo", "undelete", "abcdef01")).ShouldRefuse(1, "abcdef01");
        (await copy.HoldfastAsync("repo", "ls", "latest", "--host", "alpha")).ShouldRefuse(1, "no such snapshot");
        (await copy.HoldfastAsync("repo", "undelete", "--all", "--host", "beta")).ShouldSucceed().Text.ShouldContain("no snapshot was changed");
        (await copy.HoldfastAsync("repo", "undelete", "--all", "--host", "alpha")).ShouldSucceed();
        (await copy.HoldfastAsync("repo", "ls", "latest", "--host", "alpha")).ShouldSucceed();
    }
}
