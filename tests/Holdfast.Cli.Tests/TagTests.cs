using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class TagTests(SampleRepository sample)
{
    [Fact]
    public async Task Tags_are_added_removed_and_set_by_id_and_by_filter_and_restic_sees_them()
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.HoldfastAsync("repo", "pin", sample.First)).ShouldSucceed();
        JsonNode[] lines = (await copy.HoldfastAsync("repo", "tag", "--add", "three,one", "--remove", "two", "--host", "alpha", "--json")).ShouldSucceed().JsonLines;
        ((string)lines[0]["message_type"]!).ShouldBe("changed");
        lines[^1].ToJsonString().ShouldBe("""{"changed_snapshots":1,"message_type":"summary"}""");
        (await TagsAsync(copy)).ShouldBe(["one,three,holdfast-pin", ""]);
        (await copy.HoldfastAsync("repo", "tag", "--add", "three")).ShouldSucceed().Text.ShouldContain($"changed the tags of {sample.Second[..8]}");
        (await TagsAsync(copy)).ShouldBe(["one,three,holdfast-pin", "three"]);
        (await copy.HoldfastAsync("repo", "tag", "--set", "x,y", sample.First, "latest")).ShouldSucceed().Text.ShouldContain("changed the tags of 2 snapshots");
        (await TagsAsync(copy)).ShouldBe(["x,y,holdfast-pin", "x,y"]);
        (await copy.HoldfastAsync("repo", "tag", "--set", "")).ShouldSucceed();
        (await TagsAsync(copy)).ShouldBe(["holdfast-pin", ""]);
        (await copy.HoldfastAsync("repo", "check")).ShouldSucceed();
    }

    [Theory]
    [InlineData("nothing to do")]
    [InlineData("--set gives all the tags", "--set", "a", "--add", "b")]
    [InlineData("holdfast-trash", "--add", "holdfast-trash")]
    [InlineData("holdfast-pin", "--remove", "a,holdfast-pin")]
    [InlineData("there is no snapshot abcdef01", "--add", "a", "abcdef01")]
    [InlineData("--no-lock", "--add", "a", "--no-lock")]
    public async Task Bad_requests_are_refused(string reason, params string[] arguments)
    {
        using Sandbox copy = await sample.CopyAsync(); // it locks the repository, which others read
        (await copy.HoldfastAsync("repo", ["tag", .. arguments, "--json"])).Refusal().ShouldContain(reason);
    }

    [Fact]
    public async Task A_backup_may_not_set_the_tags_that_mark() =>
        (await sample.HoldfastAsync("backup", sample.Source, "--tag", "holdfast-trash")).ShouldRefuse(1, "holdfast-trash");

    private static async Task<string[]> TagsAsync(Sandbox box) =>
        [.. (await box.ResticAsync("repo", "snapshots", "--json")).ShouldSucceed().Json.AsArray().Select(s => string.Join(',', s!["tags"]?.AsArray().Select(t => (string)t!) ?? []))];
}
