using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

/// <summary>Which snapshot a backup is compared with.</summary>
public sealed class BackupParentTests
{
    [Fact]
    public async Task It_is_the_newest_of_the_group_that_the_new_one_will_be_in()
    {
        using var box = new Sandbox();
        (await box.ScriptAsync("mkdir a b && echo a > a/file && echo b > b/file")).ShouldSucceed();
        (await box.HoldfastAsync("repo", "init")).ShouldSucceed();
        await BackUpAsync("a", "--host", "web", "--tag", "daily");
        await BackUpAsync("a", "b", "--host", "web", "--tag", "weekly");
        await BackUpAsync("b", "--host", "other");
        string[] ids = [.. (await box.HoldfastAsync("repo", "list", "--json")).ShouldSucceed().Json.AsArray().Select(s => ((string)s!["id"]!)[..8])];

        (string? GroupBy, string Tag, int? Parent)[] cases =
        [
            (null, "daily", 0), (null, "none", 0), ("host,paths", "daily", 0), ("host", "daily", 1), ("paths", "daily", 0), ("host,tags", "weekly", 1),
            ("tags", "daily", 0), ("host,tags", "none", null), ("host,paths,tags", "weekly", null), ("", "daily", 2),
        ];
        foreach ((string? groupBy, string tag, int? parent) in cases)
        {
            string[] grouping = groupBy is null ? [] : ["--group-by", groupBy];
            Outcome outcome = await BackUpAsync(["a", "--host", "web", "--tag", tag, "--dry-run", .. grouping]);
            outcome.Lines.SingleOrDefault(l => l.StartsWith("comparing with", StringComparison.Ordinal))
                .ShouldBe(parent is { } index ? $"comparing with snapshot {ids[index]}" : null, $"{groupBy} {tag}");
        }

        async Task<Outcome> BackUpAsync(params string[] arguments) => (await box.HoldfastAsync("repo", ["backup", .. arguments])).ShouldSucceed();
    }

    [Fact]
    public async Task A_bad_group_is_refused_before_anything_is_made()
    {
        using var box = new Sandbox();
        (await box.HoldfastAsync("new", "backup", "/etc/hostname", "--group-by", "moon")).ShouldRefuse(1, "'moon' is nothing to group by");
        Directory.Exists(box.At("new")).ShouldBeFalse();
    }
}
