using System.Diagnostics;
using Holdfast.Fixtures;

namespace Holdfast.Crash.Tests;

/// <summary>
/// The published program, killed with signal 9 at a random time, over and over in the same repository, so that each run meets
/// what the ones before left. The next run needs no <c>unlock</c>, and what was promised is there.
/// </summary>
public sealed class KillTests
{
    private static readonly int Kills = CrashReport.IsSoak ? 75 : 5;

    private readonly Random _random = Seeded.Random();

    [Fact]
    public Task A_killed_backup_loses_nothing() => RunAsync(
        "backup", "main", _ => ["backup", "--json"], (_, source) => { source.Change(); return Task.CompletedTask; }, static all => all);

    [Fact]
    public Task A_killed_prune_loses_nothing() => RunAsync("prune", "main", _ => ["prune", "--max-unused", "0"], MakeWasteAsync, static all => all);

    [Fact]
    public Task A_killed_forget_with_prune_loses_nothing_that_it_keeps() => RunAsync(
        "forget --prune", "main", _ => ["forget", "--keep-last", "3", "--no-trash", "--prune", "--max-unused", "0"],
        (site, source) => site.BackUpAsync(source), static all => all.TakeLast(3));

    [Fact]
    public Task A_killed_copy_loses_nothing() => RunAsync("copy", "copy", site => site.Copying, (site, source) => site.BackUpAsync(source), static all => all);

    /// <summary>Content that no snapshot needs any more, in packs with content that some do.</summary>
    private static async Task MakeWasteAsync(Site site, Source source)
    {
        await site.BackUpAsync(source);
        (await site.HoldfastAsync("main", "forget", "--keep-last", "3", "--no-trash")).ShouldSucceed();
    }

    /// <param name="prepare">Gives the command something to do.</param>
    /// <param name="promised">Of the snapshots that are there before, those that are there after.</param>
    private async Task RunAsync(
        string name, string repository, Func<Site, string[]> command, Func<Site, Source, Task> prepare, Func<string[], IEnumerable<string>> promised)
    {
        using Site site = await Site.CreateAsync();
        var source = new Source(site.At("source"), _random);
        for (int i = 0; i < 3; i++)
        {
            await site.BackUpAsync(source);
        }

        string[] arguments = [.. command(site), .. name == "backup" ? (string[])[source.Path] : []];
        TimeSpan typical = await TimeAsync(site, repository, arguments, source);
        for (int kill = 1; kill <= Kills; kill++)
        {
            await prepare(site, source);
            string[] before = await site.ListAsync(repository);
            TimeSpan after = typical * (_random.NextDouble() * 1.1);
            string when = $"{name}, kill {kill}, after {after.TotalMilliseconds:f0} ms";
            await site.KillAsync(repository, arguments, after);
            await site.ShouldBeSoundAsync(repository, when);
            await ShouldHoldAsync(site, repository, source, promised(before), when);

            TimeSpan again = await TimeAsync(site, repository, arguments, source);
            typical = again > typical ? again : (typical + again) / 2;
            await site.ShouldBeSoundAsync(repository, $"{when}, and a rerun");
            await ShouldHoldAsync(site, repository, source, promised(before), $"{when}, and a rerun");
            if (kill % 10 == 0 || kill == Kills)
            {
                await site.ShouldBeSoundForResticAsync(repository, when);
            }
        }

        CrashReport.Add("OfProcess", name, Kills);
    }

    /// <summary>A run that nobody kills.</summary>
    private static async Task<TimeSpan> TimeAsync(Site site, string repository, string[] arguments, Source source)
    {
        string[] state = source.Now;
        var clock = Stopwatch.StartNew();
        Cli.Tests.Harness.Outcome outcome = (await site.HoldfastAsync(repository, arguments)).ShouldSucceed();
        TimeSpan elapsed = clock.Elapsed;
        if (arguments[0] == "backup")
        {
            source.Remember(Site.MadeBy(outcome), state);
        }

        return elapsed;
    }

    /// <summary>All that is promised is there; one of those that are there, and the newest, is what the source was.</summary>
    private async Task ShouldHoldAsync(Site site, string repository, Source source, IEnumerable<string> promised, string when)
    {
        string[] there = await site.ListAsync(repository);
        promised.Except(there).ShouldBeEmpty(when);
        foreach (string snapshot in there.Where(s => repository == "main" && !source.Knows(s)))
        {
            source.Remember(snapshot, source.Now); // killed behind its last step
        }

        // A copy has another id, and is of what the source was at a time that was before.
        foreach (string snapshot in there.Length == 0 ? [] : (string[])[there[_random.Next(there.Length)], there[^1]])
        {
            string restored = await site.RestoreAsync(repository, snapshot, source);
            if (repository == "main")
            {
                source.ShouldBe(snapshot, restored);
            }
            else
            {
                source.ShouldHaveBeen(restored, $"{when}, snapshot {snapshot}");
            }
        }
    }
}
