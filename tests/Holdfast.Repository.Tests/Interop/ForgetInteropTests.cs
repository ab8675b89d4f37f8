using System.Text.Json.Nodes;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository.Tests.Forget;

namespace Holdfast.Repository.Tests.Interop;

/// <summary>A policy keeps here what it keeps in stock restic, for the same reasons.</summary>
public sealed class ForgetInteropTests : IDisposable
{
    private const string Zone = "Europe/Berlin";

    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById(Zone);

    private readonly TempFolder _temp = new();

    public static TheoryData<string> Programs => Restic.Programs;

    private string Root => _temp["repository"];

    public void Dispose() => _temp.Dispose();

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task A_dozen_policies_keep_what_they_keep_in_restic(string program)
    {
        await using OpenRepository repository = await CreateAsync();
        foreach (Snapshot snapshot in Irregular(Seeded.Random(), 300))
        {
            await repository.SaveAsync(snapshot);
        }

        List<StoredSnapshot> all = await repository.ListSnapshotsAsync(null, TestRepository.Cancellation);
        Restic restic = new(program, Root, ResticRepository.Password) { Zone = Zone };

        // The oldest snapshot, kept where a count is left, came to restic later.
        bool keepsOldest = !(await restic.RunAsync("version")).ShouldSucceed().Text.StartsWith("restic 0.14", StringComparison.Ordinal);
        foreach (string words in (string[])
            [
                "--keep-last 10", "--keep-hourly 20", "--keep-daily 30", "--keep-weekly 12", "--keep-monthly 9", "--keep-yearly 5",
                "--keep-last 3 --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --keep-yearly 75", "--keep-within 1m", "--keep-within 6m3h --keep-yearly 2",
                "--keep-within-hourly 2d --keep-within-daily 40d --keep-within-weekly 6m --keep-within-monthly 1y6m --keep-within-yearly 9y",
                "--keep-tag a,b --keep-last 1", "--keep-tag a --keep-tag c --keep-daily 1000", "--keep-daily 5 --group-by host", "--keep-weekly 3 --group-by tags,host",
                "--keep-monthly 30 --group-by ",
            ])
        {
            JsonNode theirs = JsonNode.Parse((await restic.RunAsync(["forget", "--dry-run", "--json", .. words.Split(' ')])).ShouldSucceed().Text)!;
            ForgetPlan plan = new ForgetPlanner(Read(words.Split(' ')), new BerlinTime()).Plan(all, all);
            (List<string> mine, List<string> wanted) = (Lines(plan, keepsOldest), Lines(theirs.AsArray()));
            wanted.Count.ShouldBe(300);
            mine.Except(wanted).Concat(wanted.Except(mine)).Order().Take(6).ShouldBeEmpty($"{program} forget {words}");
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Restic_sees_and_keeps_pins_and_what_is_in_the_trash_stays_there_when_it_rewrites(string program)
    {
        await using OpenRepository repository = await CreateAsync();
        foreach (StoredSnapshot stored in Runs.Daily(4))
        {
            await repository.SaveAsync(stored.Snapshot);
        }

        List<StoredSnapshot> all = await repository.ListForChangeAsync(finish: true, TestRepository.Cancellation);
        await repository.ReplaceSnapshotAsync(all[0], all[0].Snapshot.WithPin(new("the move", null)), TestRepository.Cancellation);
        await repository.ReplaceSnapshotAsync(all[1], all[1].Snapshot.WithTrash(new(Runs.Noon, Runs.Noon)), TestRepository.Cancellation);
        Restic restic = new(program, Root, ResticRepository.Password);
        (await restic.RunAsync("forget", "--keep-last", "2", "--keep-tag", Snapshot.PinTag, "--keep-tag", Snapshot.TrashTag)).ShouldSucceed();
        (await restic.RunAsync("tag", "--add", "theirs")).ShouldSucceed();
        List<StoredSnapshot> left = await repository.ListForChangeAsync(finish: true, TestRepository.Cancellation);
        left.Select(s => s.Snapshot.Time).ShouldBe(all.Select(s => s.Snapshot.Time));
        left[0].Snapshot.IsPinned(Runs.Noon).ShouldBeTrue();
        left.ShouldAllBe(s => s.Snapshot.Marks == null); // restic drops what it does not know
        left.ShouldAllBe(s => s.Snapshot.UserTags().SequenceEqual(new[] { "theirs" }));
        ForgetRun run = await repository.ForgetAsync(new() { Policy = new() { Last = 9 } }, TimeProvider.System);
        run.Trashed.ShouldHaveSingleItem().New.Snapshot.Marks!.Trash!.Since!.Value.ShouldBe(TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(5));
        run.Removed.ShouldBeEmpty();
    }

    private async Task<OpenRepository> CreateAsync() =>
        await Repository.InitializeAsync(new LocalBackend(Root), ResticRepository.Password, new(), null, TestRepository.Cancellation);

    /// <summary>Bursts and gaps over four years, in three zones, of two hosts, a few in the future; no two at the same time.</summary>
    private static IEnumerable<Snapshot> Irregular(Random random, int count)
    {
        DateTimeOffset time = TimeProvider.System.GetUtcNow().AddDays(2);
        for (int i = 0; i < count; i++)
        {
            time -= TimeSpan.FromSeconds(random.Next(10) < 7 ? random.Next(60, 40_000) : random.Next(40_000, 3_000_000));
            TimeSpan offset = i % 9 == 0 ? TimeSpan.FromHours(-7) : i % 7 == 0 ? TimeSpan.FromMinutes(345) : Berlin.GetUtcOffset(time);
            string[]? tags = random.Next(5) switch { 0 => ["a"], 1 => ["b", "a"], 2 => ["c"], _ => null };
            yield return Runs.At(time.ToOffset(offset), random.Next(6) == 0 ? "second" : "first", tags);
        }
    }

    private static ForgetOptions Read(string[] words)
    {
        var policy = new ForgetPolicy();
        SnapshotGrouping grouping = SnapshotGrouping.ByHostAndPaths;
        for (int i = 0; i < words.Length; i += 2)
        {
            string value = words[i + 1];
            int count = int.TryParse(value, out int number) ? number : 0;
            policy = words[i] switch
            {
                "--keep-last" => policy with { Last = count },
                "--keep-hourly" => policy with { Hourly = count },
                "--keep-daily" => policy with { Daily = count },
                "--keep-weekly" => policy with { Weekly = count },
                "--keep-monthly" => policy with { Monthly = count },
                "--keep-yearly" => policy with { Yearly = count },
                "--keep-within" => policy with { Within = CalendarDuration.Parse(value) },
                "--keep-within-hourly" => policy with { WithinHourly = CalendarDuration.Parse(value) },
                "--keep-within-daily" => policy with { WithinDaily = CalendarDuration.Parse(value) },
                "--keep-within-weekly" => policy with { WithinWeekly = CalendarDuration.Parse(value) },
                "--keep-within-monthly" => policy with { WithinMonthly = CalendarDuration.Parse(value) },
                "--keep-within-yearly" => policy with { WithinYearly = CalendarDuration.Parse(value) },
                "--keep-tag" => policy with { Tags = [.. policy.Tags, value.Split(',')] },
                _ => policy,
            };
            grouping = words[i] == "--group-by" ? SnapshotGrouping.Parse(value) : grouping;
        }

        return new() { Policy = policy, Grouping = grouping, Force = true }; // restic keeps no newest one beside what the policy keeps
    }

    private static List<string> Lines(ForgetPlan plan, bool keepsOldest) =>
    [
        .. plan.Groups.SelectMany(g =>
            g.Keep.Select(k => $"{g.Key.Hostname} {k.Stored.Snapshot.Time.UtcDateTime:O} {Verdict(k, keepsOldest)}").Concat(g.Remove.Select(s => $"{g.Key.Hostname} {s.Snapshot.Time.UtcDateTime:O} remove")))
            .Order(StringComparer.Ordinal),
    ];

    private static string Verdict(KeptSnapshot kept, bool keepsOldest)
    {
        List<string> reasons = [.. kept.Reasons.Where(r => keepsOldest || !r.StartsWith("oldest", StringComparison.Ordinal))];
        return reasons.Count == 0 ? "remove" : $"keep: {string.Join("; ", reasons)}";
    }

    private static List<string> Lines(JsonArray groups) =>
    [
        .. groups.SelectMany(g =>
            Items(g!["reasons"]).Select(r => $"{g["host"]} {Time(r!["snapshot"])} keep: {string.Join("; ", r["matches"]!.AsArray().Select(m => (string)m!))}")
                .Concat(Items(g["remove"]).Select(s => $"{g["host"]} {Time(s)} remove")))
            .Order(StringComparer.Ordinal),
    ];

    private static string Time(JsonNode? snapshot) => DateTimeOffset.Parse((string)snapshot!["time"]!).UtcDateTime.ToString("O");

    private static IEnumerable<JsonNode?> Items(JsonNode? list) => list is JsonArray items ? items : [];

    /// <summary>The real time, on a wall in Berlin.</summary>
    private sealed class BerlinTime : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => Berlin;
    }
}
