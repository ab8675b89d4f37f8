using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class ForgetTests(DailyRepository daily) : IClassFixture<DailyRepository>
{
    [Fact]
    public async Task A_dry_run_says_in_json_what_restic_says_and_changes_nothing()
    {
        string[] policy = ["forget", "--keep-daily", "3", "--keep-weekly", "2", "--keep-tag", "first", "--dry-run", "--json"];
        JsonNode theirs = (await daily.ResticAsync(policy)).ShouldSucceed().Json;
        foreach (JsonNode? reason in theirs[0]!["reasons"]!.AsArray())
        {
            reason!.AsObject().Remove("counters"); // of older releases
        }

        JsonNode ours = (await daily.HoldfastAsync(policy)).ShouldSucceed().Json;
        Outcome.ShouldSayAllOf(ours, theirs);
        DailyRepository.IdsOf(ours[0]!["remove"]).Length.ShouldBe(6);
        DailyRepository.IdsOf((await daily.HoldfastAsync("list", "--json")).Json).ShouldBe(daily.Ids);
    }

    [Fact]
    public async Task A_dry_run_names_the_rules_that_keep_each_snapshot()
    {
        string text = (await daily.HoldfastAsync("forget", "-l", "1", "--keep-within", "2d", "--compact", "-n")).ShouldSucceed().Text;
        text.ShouldContain("keep 1 last, all within 2d of the newest");
        text.ShouldContain("keep 2 snapshots:");
        text.ShouldContain("last snapshot");
        text.ShouldContain("within 2d");
        text.ShouldContain("would forget 8 snapshots:");
        text.ShouldContain("would put 8 snapshots into the trash until");
    }

    [Fact]
    public async Task What_is_forgotten_is_in_the_trash_passed_over_but_not_lost_and_comes_back()
    {
        using Sandbox copy = await daily.CopyAsync();
        JsonNode group = (await copy.HoldfastAsync("repo", "forget", "--keep-last", "2", "--json")).ShouldSucceed().Json[0]!;
        group["trashed"]!.AsArray().Select(t => (string)t!["old_snapshot_id"]!).Order().ShouldBe(daily.Ids.Take(8).Order());
        DailyRepository.IdsOf((await copy.HoldfastAsync("repo", "list", "--json")).Json).ShouldBe(daily.Ids.Skip(8));
        JsonArray trash = (await copy.HoldfastAsync("repo", "list", "--trash", "--json")).ShouldSucceed().Json.AsArray();
        trash.Select(s => (string)s!["original"]!).ShouldBe(daily.Ids.Take(8));
        DateTimeOffset until = DateTimeOffset.Parse((string)trash[0]!["trash"]!["until"]!);
        until.ShouldBe(DateTimeOffset.UtcNow.AddDays(7), TimeSpan.FromMinutes(5));
        (await copy.HoldfastAsync("repo", "list", "--trash")).ShouldSucceed().Text.ShouldContain(TimeZoneInfo.ConvertTime(until, Sandbox.Zone).ToString("yyyy-MM-dd"));

        // Its old id and its new one name it, and all that is in it is there.
        (await copy.HoldfastAsync("repo", "ls", daily.Ids[0])).ShouldSucceed().Text.ShouldContain("source/file");
        (await copy.HoldfastAsync("repo", "ls", (string)trash[0]!["id"]!)).ShouldSucceed().Text.ShouldContain("source/file");
        (await copy.HoldfastAsync("repo", "stats", "--json")).ShouldSucceed().Json["snapshots_count"]!.GetValue<int>().ShouldBe(2);
        (await copy.HoldfastAsync("repo", "check")).ShouldSucceed();
        (await copy.ResticAsync("repo", "snapshots", "--json")).ShouldSucceed().Json.AsArray().Count.ShouldBe(10);

        (await copy.HoldfastAsync("repo", "undelete", daily.Ids[3][..8])).ShouldSucceed().Text.ShouldContain("brought back");
        (await copy.HoldfastAsync("repo", "undelete", "--all", "--json")).ShouldSucceed().JsonLines[^1]["changed_snapshots"]!.GetValue<int>().ShouldBe(7);
        JsonArray all = (await copy.HoldfastAsync("repo", "list", "--json")).ShouldSucceed().Json.AsArray();
        all.Select(s => s!["run"]!.GetValue<int>()).ShouldBe(Enumerable.Range(1, 10));
        all.ShouldAllBe(s => s!["tags"]!.AsArray().Count == 1);
    }

    [Fact]
    public async Task Grace_zero_and_no_trash_remove_for_good()
    {
        using Sandbox copy = await daily.CopyAsync();
        (await copy.HoldfastAsync("repo", "forget", "--keep-last", "8")).ShouldSucceed().Text.ShouldContain("put 2 snapshots into the trash");
        (await copy.HoldfastAsync("repo", "forget", "--keep-last", "7", "--no-trash")).ShouldSucceed().Text.ShouldContain("removed 1 snapshot for good");
        Directory.GetFiles(copy.At("repo/snapshots")).Length.ShouldBe(9);
        (await copy.HoldfastAsync("repo", "forget", "--keep-last", "7", "--grace", "0")).ShouldSucceed().Text.ShouldContain("removed 2 snapshots for good");
        Directory.GetFiles(copy.At("repo/snapshots")).Length.ShouldBe(7);
        (await copy.HoldfastAsync("repo", "forget", daily.Ids[3], daily.Ids[4], "--grace", "0", "--json")).ShouldSucceed().Json[0]!["removed"]!.AsArray().Count.ShouldBe(2);
        (await copy.HoldfastAsync("repo", "ls", daily.Ids[3])).ShouldRefuse(1, daily.Ids[3]);
        (await copy.ResticAsync("repo", "check")).ShouldSucceed();
    }

    [Fact]
    public async Task The_newest_the_newest_whole_and_the_pinned_stay_also_when_they_are_named()
    {
        using Sandbox copy = await daily.CopyAsync();
        (await copy.HoldfastAsync("repo", "pin", daily.Ids[1], "--reason", "the move", "--until", "2999-12-31")).ShouldSucceed();
        (await copy.HoldfastAsync("repo", "forget", "latest")).ShouldRefuse(1, "newest snapshot", "--force");
        (await copy.HoldfastAsync("repo", "forget", daily.Ids[0], daily.Ids[8])).ShouldRefuse(1, "newest whole snapshot", "--force");
        (await copy.HoldfastAsync("repo", "forget", daily.Ids[1], "--force")).ShouldRefuse(1, "the move", "unpin");
        string text = (await copy.HoldfastAsync("repo", "forget", "--keep-tag", "first")).ShouldSucceed().Text;
        foreach (string word in (string[])["newest snapshot", "newest whole snapshot", "has tags [first]", "pinned until 3000-01-01 00:00 (the move)", "keep 4 snapshots"])
        {
            text.ShouldContain(word);
        }

        (await copy.HoldfastAsync("repo", "forget", "--unsafe-allow-remove-all", "--host", "alpha", "--no-trash")).ShouldSucceed();
        JsonArray left = (await copy.HoldfastAsync("repo", "list", "--json")).ShouldSucceed().Json.AsArray();
        ((string)left.ShouldHaveSingleItem()!["original"]!).ShouldBe(daily.Ids[1]);
    }

    [Fact]
    public async Task Explain_shows_a_calendar_of_the_next_year_and_changes_nothing()
    {
        Outcome outcome = (await daily.HoldfastAsync("forget", "--keep-daily", "7", "--keep-monthly", "6", "--explain")).ShouldSucceed();
        outcome.Text.ShouldContain("every 24 hours");
        outcome.Lines.Count(l => l.Length > 36 && l[10..].All(c => c is '#' or '.')).ShouldBe(12);
        outcome.Text.Count(c => c == '#').ShouldBe(12 + 1); // one in the explanation
        outcome.Text.ShouldContain("12 months");
        JsonNode json = (await daily.HoldfastAsync("forget", "--keep-ladder", "7,4,12", "--explain", "--every", "7d", "--json")).ShouldSucceed().Json[0]!;
        json["every_seconds"]!.GetValue<long>().ShouldBe(7 * 86_400);
        json["forecast"]!.AsArray().Count.ShouldBe(5);
        json["kept"]!.AsArray().Count.ShouldBe(json["forecast"]![4]!["snapshots"]!.GetValue<int>());
        DailyRepository.IdsOf((await daily.HoldfastAsync("list", "--json")).Json).ShouldBe(daily.Ids);
    }

    [Theory]
    [InlineData("no policy")]
    [InlineData("'nonsense' is no duration", "--keep-within", "nonsense")]
    [InlineData("'7' is no duration", "--keep-within-daily", "7")]
    [InlineData("'7,x' is no ladder", "--keep-ladder", "7,x")]
    [InlineData("--keep-last '-1' is no count", "--keep-last=-1")]
    [InlineData("--keep-daily 'x' is no count", "--keep-daily", "x")]
    [InlineData("keeps none", "--keep-tag", "nobody")]
    [InlineData("'moon'", "--keep-last", "1", "--group-by", "moon")]
    [InlineData("'soon' is no duration", "--keep-last", "1", "--grace", "soon")]
    [InlineData("hundred years", "--keep-last", "1", "--grace", "99999999999999d")]
    [InlineData("there is no snapshot abcdef01", "abcdef01")]
    [InlineData("'xyz' is no id", "xyz")]
    [InlineData("one or the other", "latest", "--keep-last", "1")]
    [InlineData("every snapshot there is", "--unsafe-allow-remove-all")]
    [InlineData("--every is for --explain", "--keep-last", "1", "--every", "1d")]
    [InlineData("--every 1m is out of range", "--keep-last", "1", "--explain", "--every", "1m")]
    [InlineData("no policy", "--explain")]
    [InlineData("leave out the snapshots", "--explain", "latest")]
    [InlineData("--no-lock", "--keep-last", "1", "--no-lock")]
    public async Task Bad_requests_are_refused_with_the_reason(string reason, params string[] arguments) =>
        (await daily.HoldfastAsync(["forget", .. arguments, "--json"])).Refusal().ShouldContain(reason);

    [Fact]
    public async Task Nothing_is_changed_while_a_backup_runs_but_a_dry_run_is_free()
    {
        using Sandbox copy = await daily.CopyAsync();
        Outcome outcome = await copy.ScriptAsync(
            """
            mkfifo in
            sleep 30 > in & writer=$!
            hf -r repo -p password backup --stdin < in > /dev/null 2>&1 & p=$!
            while [ -z "$(ls -I "*-tmp-*" repo/locks)" ]; do sleep 0.05; done
            sleep 0.5
            for command in 'forget --keep-last 1' 'pin latest' 'unpin latest' 'undelete --all' 'tag --add x' 'forget --keep-last 1 --dry-run' 'forget --keep-last 1 --explain'; do
              hf -r repo -p password $command > /dev/null 2>&1
              echo $?
            done
            kill $writer
            wait $p
            """);
        outcome.ShouldSucceed().Lines.ShouldBe(["11", "11", "11", "11", "11", "0", "0"]);
        Directory.GetFiles(copy.At("repo/locks")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_backup_of_what_is_not_all_there_says_so_in_its_snapshot()
    {
        (await daily.HoldfastAsync("show", "latest")).ShouldSucceed().Text.ShouldContain("1 problems");
        JsonArray all = (await daily.HoldfastAsync("list", "--json")).ShouldSucceed().Json.AsArray();
        all.Select(s => s!["problems"]?.GetValue<int>()).ShouldBe([.. new int?[9], 1]);
    }
}
