using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Forget;

public sealed class ForgetPlannerTests
{
    private static readonly DateTimeOffset Now = Runs.Noon.AddHours(1);

    private static ForgetOptions LastOne => new() { Policy = new() { Last = 1 } };

    [Fact]
    public void An_empty_policy_is_refused() => Refuse(new(), Runs.Daily(3), "no policy");

    [Fact]
    public void A_policy_that_keeps_nothing_of_a_group_is_refused_by_name() =>
        Refuse(new() { Policy = new() { Tags = [["none"]] } }, [.. Runs.Daily(3), Runs.At(Now, "other", ["none"]).Stored()], "keeps none", "host [host]");

    [Fact]
    public void The_newest_and_the_newest_whole_snapshot_stay_unless_forced()
    {
        List<StoredSnapshot> all =
        [
            Runs.At(Now.AddDays(-4), tags: ["keep"]).Stored(), Runs.At(Now.AddDays(-3)).Stored(),
            Runs.At(Now.AddDays(-2), marks: new() { Problems = 1 }).Stored(), Runs.At(Now.AddDays(-1), marks: new() { Problems = 2 }).Stored(),
        ];
        var options = new ForgetOptions { Policy = new() { Tags = [["keep"]] } };
        Single(options, all).Keep.Select(k => k.Reasons.ShouldHaveSingleItem()).ShouldBe(["newest snapshot", "newest whole snapshot", "has tags [keep]"]);
        Single(options with { Force = true }, all).Keep.ShouldHaveSingleItem().Reasons.ShouldBe(["has tags [keep]"]);
        Refuse(() => Named(LastOne, all, all[3]), "newest snapshot", "--force");
        Refuse(() => Named(LastOne, all, all[1]), "newest whole snapshot", "--force");
        Named(LastOne with { Force = true }, all, all[3]).Groups.ShouldHaveSingleItem().Remove.ShouldBe([all[3]]);
    }

    [Fact]
    public void D14_a_snapshot_of_a_wrong_clock_does_not_take_the_place_of_the_newest()
    {
        List<StoredSnapshot> all = [Runs.At(Now.AddDays(-2)).Stored(), Runs.At(Now.AddDays(-1)).Stored(), Runs.At(Now.AddYears(3)).Stored()];
        ForgetGroup group = Single(LastOne, all);
        group.Remove.ShouldBe([all[0]]);
        group.Keep.Select(k => k.Stored).ShouldBe([all[2], all[1]]);
        group.Keep[1].Reasons.ShouldBe(["newest snapshot"]);
    }

    [Fact]
    public void A_pin_keeps_until_it_ends_and_force_does_not_loosen_it()
    {
        Snapshot old = Runs.At(Now.AddDays(-9));
        StoredSnapshot pinned = old.WithPin(new("the move", Now.AddDays(1))).Stored();
        StoredSnapshot ended = (old with { Time = Now.AddDays(-8) }).WithPin(new(null, Now)).Stored();
        StoredSnapshot forever = (old with { Time = Now.AddDays(-7), Tags = [Snapshot.PinTag] }).Stored();
        List<StoredSnapshot> all = [pinned, ended, forever, Runs.At(Now.AddDays(-1)).Stored()];
        ForgetGroup group = Single(LastOne with { Force = true }, all);
        group.Remove.ShouldBe([ended]);
        group.Keep[^1].Reasons.ShouldHaveSingleItem().ShouldContain("the move");
        group.Keep[^2].Reasons.ShouldBe(["pinned"]);
        Refuse(() => Named(LastOne with { Force = true }, all, pinned), "the move", "unpin");
    }

    [Fact]
    public void The_trash_keeps_for_its_time_and_a_mark_without_one_begins_now()
    {
        StoredSnapshot Trashed(int days, DateTimeOffset until) => Runs.At(Now.AddDays(-days)).WithTrash(new(Now.AddDays(-8), until)).Stored();
        List<StoredSnapshot> all =
        [
            Trashed(30, Now), Trashed(29, Now.AddDays(1)), Runs.At(Now.AddDays(-28), tags: [Snapshot.TrashTag]).Stored(),
            Runs.At(Now.AddDays(-27)).WithTrash(new(Now.AddDays(-8), Now)).WithPin(new(null, null)).Stored(), Runs.At(Now.AddDays(-1)).Stored(),
        ];
        ForgetGroup group = Single(LastOne, all);
        group.Expired.ShouldBe([all[0]]);
        group.Undated.ShouldBe([all[2]]);
        group.Remove.ShouldBeEmpty();
        Single(LastOne with { Grace = TimeSpan.FromDays(9) }, all).Expired.ShouldBeEmpty();
        Single(LastOne with { Grace = TimeSpan.FromDays(8) }, all).Expired.ShouldBe([all[0], all[1]]);
        Single(LastOne with { Grace = TimeSpan.Zero }, all).Expired.ShouldBe([all[0], all[1], all[2]]);
        Single(LastOne with { WithoutTrash = true }, all).Expired.ShouldBe([all[0]]);
    }

    [Theory]
    [InlineData(-8, null, true)]
    [InlineData(-6, null, false)]
    [InlineData(null, 1, false)]
    [InlineData(null, 0, true)]
    [InlineData(null, null, false)]
    [InlineData(3_000_000, null, false)]
    public void A_trash_mark_that_tells_half_errs_on_the_side_of_keeping(int? since, int? until, bool isExpired)
    {
        DateTimeOffset? Days(int? days) => days is > 1_000_000 ? DateTimeOffset.MaxValue : days is { } d ? Now.AddDays(d) : null;
        List<StoredSnapshot> all = [Runs.At(Now.AddDays(-30)).WithTrash(new(Days(since), Days(until))).Stored(), Runs.At(Now.AddDays(-1)).Stored()];
        ForgetGroup group = Single(LastOne, all);
        group.Expired.Count.ShouldBe(isExpired ? 1 : 0);
        group.Undated.Count.ShouldBe(since is null && until is null ? 1 : 0);
    }

    [Fact]
    public void Snapshots_of_stock_restic_get_their_numbers_before_their_neighbours_go()
    {
        List<StoredSnapshot> all = [.. Runs.Daily(30).AsEnumerable().Reverse()];
        ForgetGroup group = Single(new() { Policy = new() { Ladder = KeepLadder.Parse("7,4,12") } }, all);
        group.Unnumbered.Select(u => u.Run).ShouldBe([30, 29, 28, 27, 26, 25, 24, 21, 14, 7]);
        Single(new() { Policy = new() { Ladder = KeepLadder.Parse("40") } }, all).Unnumbered.ShouldBeEmpty();
    }

    [Fact]
    public void A_forecast_tells_what_a_policy_keeps_in_a_year_and_asks_for_one_too()
    {
        List<StoredSnapshot> all = [.. Runs.Daily(60).AsEnumerable().Reverse()];
        var time = new FakeTime(Now);
        List<ForgetForecast> Of(ForgetPolicy policy, TimeSpan? every = null) =>
            ForgetForecast.Of(new() { Policy = policy }, all, all, every, time, TestRepository.Cancellation);
        ForgetForecast forecast = Of(new() { Daily = 7, Monthly = 6 }).ShouldHaveSingleItem();
        forecast.Every.ShouldBe(TimeSpan.FromDays(1));
        forecast.Points.Select(p => p.Snapshots).ShouldBe([10, 11, 12, 12, 12]);
        forecast.Kept[0].ShouldBe(time.GetLocalNow().AddMonths(12));
        forecast.Kept.Count.ShouldBe(12);
        forecast.Points[^1].Oldest.ShouldBe(forecast.Kept[^1]);
        Of(new() { Last = 3 }, TimeSpan.FromDays(30))[0].Kept.Select(t => (time.GetLocalNow().AddMonths(12) - t).Days).ShouldBe([5, 35, 65]);
        Runs.ShouldRefuse(() => Of(new()), "no policy");
    }

    private static ForgetGroup Single(ForgetOptions options, List<StoredSnapshot> all) =>
        new ForgetPlanner(options, new FakeTime(Now)).Plan(all, all).Groups.ShouldHaveSingleItem();

    private static ForgetPlan Named(ForgetOptions options, List<StoredSnapshot> all, params StoredSnapshot[] named) =>
        new ForgetPlanner(options, new FakeTime(Now)).PlanNamed(all, named);

    private static void Refuse(ForgetOptions options, List<StoredSnapshot> all, params string[] words) =>
        Runs.ShouldRefuse(() => new ForgetPlanner(options, new FakeTime(Now)).Plan(all, all), words);

    private static void Refuse(Action plan, params string[] words) => plan.ShouldRefuse(words);
}
