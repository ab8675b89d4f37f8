using System.Text.Json.Nodes;
using Holdfast.Backend;
using Holdfast.Cli.Tests.Harness;
using Holdfast.Fixtures;
using Holdfast.Repository;
using Holdfast.Repository.Tests;

namespace Holdfast.Crash.Tests;

/// <summary>Two repositories in a folder, on which the published program and stock restic run as processes.</summary>
internal sealed class Site : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Who is killed leaves the same in memory as on a disk; the long run uses the disk all the same.</summary>
    private readonly Sandbox _box = new(!CrashReport.IsSoak && Directory.Exists("/dev/shm") ? "/dev/shm" : null);

    internal string At(string name) => _box.At(name);

    internal static async Task<Site> CreateAsync()
    {
        var site = new Site();
        string password = File.ReadAllText(site._box.PasswordFile).TrimEnd();
        MemoryBackend main = new(), copy = new();
        await CheapKey.SaveAsync(World.Open(main), TestRepository.Key, password);
        await CheapKey.SaveAsync(World.OpenOther(copy), World.OtherKey, password);
        (await RepositoryImage.OfAsync(main)).WriteTo(site.At("main"));
        (await RepositoryImage.OfAsync(copy)).WriteTo(site.At("copy"));
        return site;
    }

    internal Task<Outcome> HoldfastAsync(string repository, params string[] arguments) => _box.HoldfastAsync(repository, arguments);

    internal Task<Outcome> ResticAsync(string program, string repository, params string[] arguments) =>
        _box.RunAsync(program, ["--no-cache", "-r", At(repository), "--password-file", _box.PasswordFile, .. arguments], Patience);

    /// <summary>Starts the program, and kills it after this time.</summary>
    internal Task KillAsync(string repository, string[] arguments, TimeSpan after) =>
        _box.KillAsync(["-r", At(repository), "--password-file", _box.PasswordFile, .. arguments], after);

    /// <summary>What <c>copy</c> is told beside the destination.</summary>
    internal string[] Copying => ["copy", "--from-repo", At("main"), "--from-password-file", _box.PasswordFile];

    /// <summary>A backup that succeeds, and is remembered.</summary>
    internal async Task BackUpAsync(Source source)
    {
        source.Change();
        string[] state = source.Now;
        source.Remember(MadeBy((await HoldfastAsync("main", "backup", source.Path, "--json")).ShouldSucceed()), state);
    }

    /// <summary>The id of the snapshot that a backup with --json says it made.</summary>
    internal static string MadeBy(Outcome backup) => Shorten(backup.JsonLines.Select(l => (string?)(l as JsonObject)?["snapshot_id"]).Last(i => i is not null)!);

    /// <summary>The beginnings of their ids, oldest first.</summary>
    internal async Task<string[]> ListAsync(string repository) =>
        [.. (await HoldfastAsync(repository, "list", "--json")).ShouldSucceed().Json.AsArray().Select(s => Shorten((string)s!["id"]!))];

    internal async Task ShouldBeSoundAsync(string repository, string when)
    {
        Outcome check = await HoldfastAsync(repository, "check", "--read-data");
        check.ExitCode.ShouldBe(0, $"{when}: {check.Text}{check.Error}");
    }

    /// <summary>Without a lock: what restic takes for left behind, it leaves to a person.</summary>
    internal async Task ShouldBeSoundForResticAsync(string repository, string when)
    {
        foreach (string restic in Restics)
        {
            Outcome check = await ResticAsync(restic, repository, "check", "--read-data", "--no-lock");
            check.ExitCode.ShouldBe(0, $"{when}: {restic}: {check.Text}{check.Error}");
        }
    }

    internal static string[] Restics => Restic.Newer is { } newer ? [Restic.Stock, newer] : [Restic.Stock];

    /// <summary>Restores the source as a snapshot has it, into a folder that is empty before.</summary>
    internal async Task<string> RestoreAsync(string repository, string snapshot, Source source)
    {
        string target = At("restored");
        (await _box.RunAsync("rm", ["-rf", target])).ShouldSucceed();
        (await HoldfastAsync(repository, "restore", $"{snapshot}:{source.Path}", "--target", target)).ShouldSucceed();
        return target;
    }

    public void Dispose() => _box.Dispose();

    /// <summary>To what restic 0.14 says of them.</summary>
    private static string Shorten(string id) => id[..8];
}
