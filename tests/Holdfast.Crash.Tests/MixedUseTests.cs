using Holdfast.Cli.Tests.Harness;
using Holdfast.Fixtures;

namespace Holdfast.Crash.Tests;

/// <summary>Stock restic and the published program in one repository at the same time: both back up in a loop, and one of them forgets and prunes.</summary>
public sealed class MixedUseTests : IDisposable
{
    /// <summary>Who prunes is refused as long as somebody backs up, and two who always do leave no gap: then they wait.</summary>
    private const int PatienceOfPruner = 3;

    private static readonly int Rounds = CrashReport.IsSoak ? 30 : 3;

    private readonly Random _random = Seeded.Random();
    private readonly SemaphoreSlim _turns = new(2);
    private volatile bool _isOver;

    public static TheoryData<string, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool>();
            foreach (string restic in Site.Restics)
            {
                cases.Add(restic, true);
                cases.Add(restic, false);
            }

            return cases;
        }
    }

    public void Dispose() => _turns.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Neither_loses_what_the_other_needs(string restic, bool resticPrunes)
    {
        using Site site = await Site.CreateAsync();
        var ours = new Source(site.At("ours"), new(_random.Next()));
        var theirs = new Source(site.At("theirs"), new(_random.Next()));
        using SemaphoreSlim byUs = new(0), byThem = new(0);
        Task weBackUp = BackUpAsync(ours, byUs, path => site.HoldfastAsync("main", "backup", path, "--json"));
        Task theyBackUp = BackUpAsync(theirs, byThem, path => site.ResticAsync(restic, "main", "backup", path, "--json"));
        try
        {
            string[] policy = ["forget", "--keep-last", "3", "--prune", "--max-unused", "0"];
            for (int round = 0; round < Rounds; round++)
            {
                await (await Task.WhenAny(weBackUp, byUs.WaitAsync(TestContext.Current.CancellationToken)));
                await (await Task.WhenAny(theyBackUp, byThem.WaitAsync(TestContext.Current.CancellationToken)));
                await PruneAsync(() => resticPrunes ? site.ResticAsync(restic, "main", policy) : site.HoldfastAsync("main", [.. policy, "--no-trash"]));
            }
        }
        finally
        {
            _isOver = true;
            await Task.WhenAll(weBackUp, theyBackUp);
        }

        (await site.ResticAsync(restic, "main", "check", "--read-data")).ShouldSucceed();
        await site.ShouldBeSoundAsync("main", "at the end");
        string[] there = await site.ListAsync("main");
        foreach (Source source in (Source[])[ours, theirs])
        {
            source.Snapshots.TakeLast(3).Except(there).ShouldBeEmpty();
            foreach (string snapshot in there.Where(source.Knows))
            {
                source.ShouldBe(snapshot, await site.RestoreAsync("main", snapshot, source));
            }
        }

        there.ShouldAllBe(s => ours.Knows(s) || theirs.Knows(s));
        TestContext.Current.TestOutputHelper?.WriteLine($"{ours.Snapshots.Count} backups by Holdfast, {theirs.Snapshots.Count} by {restic}, {Rounds} prunes");
    }

    /// <param name="made">Told of each backup.</param>
    private async Task BackUpAsync(Source source, SemaphoreSlim made, Func<string, Task<Outcome>> backUp)
    {
        while (!_isOver)
        {
            source.Change();
            string[] state = source.Now;
            Outcome outcome;
            do
            {
                await _turns.WaitAsync(TestContext.Current.CancellationToken);
                try
                {
                    outcome = await backUp(source.Path);
                }
                finally
                {
                    _turns.Release();
                }
            }
            while (IsRefused(outcome));
            source.Remember(Site.MadeBy(outcome), state);
            made.Release();
        }
    }

    private async Task PruneAsync(Func<Task<Outcome>> prune)
    {
        Outcome outcome = await prune();
        for (int refused = 1; IsRefused(outcome); refused++)
        {
            if (refused < PatienceOfPruner)
            {
                outcome = await prune();
                continue;
            }

            outcome = await PruneAloneAsync(prune, isAloneToTheEnd: refused > 2 * PatienceOfPruner);
        }
    }

    /// <param name="isAloneToTheEnd">Otherwise backups begin in the same moment.</param>
    private async Task<Outcome> PruneAloneAsync(Func<Task<Outcome>> prune, bool isAloneToTheEnd)
    {
        await _turns.WaitAsync(TestContext.Current.CancellationToken);
        await _turns.WaitAsync(TestContext.Current.CancellationToken);
        Task<Outcome> pruning = prune();
        try
        {
            await (isAloneToTheEnd ? pruning : Task.CompletedTask);
        }
        finally
        {
            _turns.Release(2);
        }

        return await pruning;
    }

    /// <summary>Whether it was told that the repository is locked; any other failure is one of the test.</summary>
    private static bool IsRefused(Outcome outcome)
    {
        bool isRefused = outcome.ExitCode != 0 && outcome.Error.Contains("locked", StringComparison.Ordinal);
        (isRefused || outcome.ExitCode == 0).ShouldBeTrue($"{outcome.ExitCode}: {outcome.Text}{outcome.Error}");
        return isRefused;
    }
}
