using FsCheck;
using FsCheck.Fluent;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Forget;

public sealed class ForgetPolicyTests
{
    [Theory]
    [InlineData("last", "21 20 19")]
    [InlineData("weekly", "21 15 08")]
    [InlineData("monthly", "21 31 30")]
    public void Counts_keep_the_newest_of_each_period(string rule, string days)
    {
        ForgetPolicy policy = rule switch
        {
            "last" => new() { Last = 3 },
            "weekly" => new() { Weekly = 3 },
            _ => new() { Monthly = 3 },
        };
        Kept(policy, Runs.Daily(53)).Select(s => s.Snapshot.Time.ToString("dd")).ShouldBe(days.Split(' '));
    }

    [Fact]
    public void Every_rule_that_keeps_a_snapshot_is_named_and_the_oldest_stays_where_a_count_is_left()
    {
        List<KeptSnapshot> verdicts = Apply(new() { Last = 1, Daily = 9, Tags = [["a", "b"]] },
        [
            Runs.At(Runs.Noon, tags: ["b", "a"]).Stored(), Runs.At(Runs.Noon.AddHours(-1)).Stored(), Runs.At(Runs.Noon.AddHours(-2), tags: ["a"]).Stored(),
        ]);
        verdicts.Select(v => string.Join("; ", v.Reasons)).ShouldBe(["has tags [a, b]; last snapshot; daily snapshot", "", "oldest daily snapshot"]);
    }

    [Fact]
    public void Snapshots_of_the_future_are_kept_but_nothing_is_counted_back_from_them()
    {
        List<StoredSnapshot> group = [Runs.At(Runs.Noon.AddYears(5)).Stored(), .. Runs.Daily(10)];
        Kept(new() { Within = CalendarDuration.Parse("3d") }, group).Count.ShouldBe(4);
    }

    [Fact]
    public void A_ladder_keeps_21_of_800_runs_however_long_the_machine_was_away()
    {
        Random random = Seeded.Random();
        var group = new List<StoredSnapshot>();
        DateTimeOffset time = Runs.Noon.AddYears(-20);
        for (int run = 1; run <= 800; run++)
        {
            time += TimeSpan.FromHours(random.Next(1, 200));
            group.Insert(0, Runs.At(time, marks: new() { Run = run }).Stored());
            group = Kept(new() { Ladder = KeepLadder.Parse("7,4,12") }, group);
        }

        long[] expected = [.. Enumerable.Range(0, 11).Select(i => 476L + (28 * i)), 777, 784, 791, .. Enumerable.Range(794, 7)];
        group.Select(s => s.Snapshot.Marks!.Run!.Value).Order().ShouldBe(expected.Order());
        group.Count.ShouldBe(21);
    }

    [Theory]
    [InlineData("")]
    [InlineData("7,x")]
    [InlineData("7,0")]
    [InlineData("7,,4")]
    [InlineData("-7")]
    [InlineData("99999,99999,99999")]
    public void A_ladder_of_anything_but_counts_is_refused(string text) =>
        Should.Throw<FormatException>(() => KeepLadder.Parse(text)).Message.ShouldContain("7,4,12");

    [Fact]
    public void A_second_forget_removes_nothing() => Prop.ForAll(Policies().ToArbitrary(), Groups().ToArbitrary(), (policy, group) =>
    {
        List<StoredSnapshot> kept = Kept(policy, group);
        Kept(policy, kept).Count.ShouldBe(kept.Count, policy.Describe());
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_newer_snapshot_brings_none_back_that_a_count_had_given_up() => Prop.ForAll(Counts().ToArbitrary(), Groups().ToArbitrary(), (policy, group) =>
    {
        HashSet<SnapshotId> before = [.. Kept(policy, group).Select(s => s.Id)];
        StoredSnapshot newer = Runs.At(group.Select(s => s.Snapshot.Time).DefaultIfEmpty(Runs.Noon.AddYears(-1)).Max().AddHours(1)).Stored();
        Kept(policy, [newer, .. group]).Where(s => s.Id != newer.Id).ShouldAllBe(s => before.Contains(s.Id));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_newest_is_kept_by_every_rule_but_tags() => Prop.ForAll(Policies().ToArbitrary(), Groups().ToArbitrary(), (policy, group) =>
    {
        if (group.Count > 0 && !policy.IsEmpty)
        {
            Apply(policy, group)[0].Reasons.ShouldNotBeEmpty();
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Run_numbers_survive_their_neighbours_and_are_not_given_twice()
    {
        List<StoredSnapshot> all =
        [
            Runs.At(Runs.Noon.AddDays(-5)).Stored(), Runs.At(Runs.Noon.AddDays(-4), marks: new() { Run = 40 }).Stored(), Runs.At(Runs.Noon.AddDays(-3)).Stored(),
            Runs.At(Runs.Noon.AddDays(-2), tags: [Snapshot.TrashTag], marks: new() { Run = 90 }).Stored(), Runs.At(Runs.Noon.AddDays(-1), marks: new() { Run = 42 }).Stored(),
        ];
        var runs = new RunNumbers(all);
        all.Select(s => runs[s]).ShouldBe([1, 40, 41, 90, 42]);
        runs.Next("host", ["/source"]).ShouldBe(91);
        runs.Next("other", ["/source"]).ShouldBe(1);
        new RunNumbers([Runs.At(Runs.Noon, marks: new() { Run = long.MaxValue }).Stored()]).Next("host", ["/source"]).ShouldBe(2);
    }

    internal static List<KeptSnapshot> Apply(ForgetPolicy policy, List<StoredSnapshot> newestFirst)
    {
        var runs = new RunNumbers(newestFirst.AsEnumerable().Reverse());
        return policy.Apply(newestFirst, s => runs[s], Runs.Noon.AddHours(1), TimeZoneInfo.Utc);
    }

    private static List<StoredSnapshot> Kept(ForgetPolicy policy, List<StoredSnapshot> newestFirst) =>
        [.. Apply(policy, newestFirst).Where(v => v.Reasons.Count > 0).Select(v => v.Stored)];

    private static Gen<ForgetPolicy> Counts() => from n in Gen.Choose(-1, 9).ArrayOf(6)
                                                 select new ForgetPolicy { Last = n[0], Hourly = n[1], Daily = n[2], Weekly = n[3], Monthly = n[4], Yearly = n[5] };

    private static Gen<ForgetPolicy> Policies() =>
        from counts in Counts()
        from days in Gen.Choose(0, 400).ArrayOf(4)
        from ladder in Gen.Elements("1", "3,2", "7,4,12")
        from hasLadder in Gen.Elements(true, false)
        select counts with
        {
            Within = new(0, 0, days[0] / 20, 0), WithinDaily = new(0, 0, days[1], 0), WithinWeekly = new(0, days[2] / 30, 0, 0),
            WithinMonthly = new(days[3] / 100, 0, 0, 0), Ladder = hasLadder ? KeepLadder.Parse(ladder) : null,
        };

    /// <summary>Newest first, at irregular times, numbered.</summary>
    private static Gen<List<StoredSnapshot>> Groups() =>
        from hours in Gen.Choose(1, 24 * 500).ListOf()
        select hours.Distinct().Order().Select((h, i) => Runs.At(Runs.Noon.AddHours(-h), marks: new() { Run = 1000 - i }).Stored()).ToList();
}
