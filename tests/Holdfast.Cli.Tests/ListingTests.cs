using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class ListingTests(SampleRepository sample)
{
    [Fact]
    public async Task List_json_says_what_restic_says()
    {
        Outcome ours = (await sample.HoldfastAsync("list", "--json")).ShouldSucceed();
        Outcome.ShouldSayAllOf(ours.Json, (await sample.ResticAsync("snapshots", "--json")).Json);
    }

    [Fact]
    public async Task List_groups_by_host_and_paths()
    {
        JsonArray groups = (await sample.HoldfastAsync("list", "--group-by", "host,paths", "--json")).ShouldSucceed().Json.AsArray();
        groups.Count.ShouldBe(2);
        ((string?)groups[0]!["group_key"]!["hostname"]).ShouldBe("alpha");
        ((string?)groups[0]!["group_key"]!["paths"]![0]).ShouldBe(sample.Source);
        groups[0]!["group_key"]!.AsObject().ContainsKey("tags").ShouldBeTrue();
        ((string?)groups[0]!["snapshots"]![0]!["id"]).ShouldBe(sample.First);
    }

    [Fact]
    public async Task List_compact_leaves_out_paths_and_quotes_nothing()
    {
        string text = (await sample.HoldfastAsync("snapshots", "--compact", "--latest", "1")).ShouldSucceed().Text;
        text.ShouldContain(sample.Second[..8]);
        text.ShouldNotContain(sample.Source);
    }

    [Fact]
    public async Task List_shows_ten_paths_and_counts_the_others_that_show_has()
    {
        using var box = new Sandbox();
        string[] paths = [.. Enumerable.Range(1, 12).Select(i => box.At($"file{i:00}"))];
        foreach (string path in paths)
        {
            File.WriteAllText(path, path);
        }

        (await box.HoldfastAsync("repo", "init")).ShouldSucceed();
        (await box.HoldfastAsync("repo", ["backup", .. paths])).ShouldSucceed();
        string text = (await box.HoldfastAsync("repo", "list")).ShouldSucceed().Text;
        text.ShouldContain("file10");
        text.ShouldNotContain("file11");
        text.ShouldContain("… and 2 more");
        (await box.HoldfastAsync("repo", "show", "latest")).ShouldSucceed().Text.ShouldContain("file12");
    }

    [Fact]
    public async Task Latest_of_an_empty_repository_is_one_clear_sentence() =>
        (await sample.Box.HoldfastAsync("empty", "list", "latest")).ShouldRefuse(1, "no such snapshot", "empty");

    [Fact]
    public async Task List_of_an_empty_repository_is_empty() =>
        (await sample.Box.HoldfastAsync("empty", "list", "--json")).ShouldSucceed().Json.AsArray().Count.ShouldBe(0);

    [Fact]
    public async Task List_refuses_an_unknown_group() =>
        (await sample.HoldfastAsync("list", "--group-by", "moon")).ShouldRefuse(1, "'moon'");

    [Fact]
    public async Task Show_tells_everything()
    {
        string text = (await sample.HoldfastAsync("show", sample.First[..8])).ShouldSucceed().Text;
        foreach (string word in (string[])[sample.First, "alpha", "one", "two", "*.none", sample.Source, "holdfast", "files", "tree"])
        {
            text.ShouldContain(word);
        }
    }

    [Fact]
    public async Task Show_json_is_a_list_of_what_list_says()
    {
        JsonArray shown = (await sample.HoldfastAsync("show", "latest", sample.First, "--json")).ShouldSucceed().Json.AsArray();
        shown.Select(s => (string?)s!["id"]).ShouldBe([sample.Second, sample.First]);
    }

    [Fact]
    public async Task Show_refuses_an_unknown_id() => (await sample.HoldfastAsync("show", "abcdef01")).ShouldRefuse(1, "abcdef01");

    [Fact]
    public async Task Show_refuses_an_empty_beginning_shared_by_several() =>
        (await sample.HoldfastAsync("show", "")).ShouldRefuse(1, "''");
}
