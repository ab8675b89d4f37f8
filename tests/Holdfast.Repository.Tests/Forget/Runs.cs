using Holdfast.Backend;

namespace Holdfast.Repository.Tests.Forget;

/// <summary>Snapshots that differ in what retention looks at.</summary>
internal static class Runs
{
    internal static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    internal static Snapshot At(DateTimeOffset time, string host = "host", string[]? tags = null, SnapshotMarks? marks = null) => new()
    {
        Time = time, Tree = new(Hash256.Of(BitConverter.GetBytes(time.UtcTicks))), Paths = ["/source"], Hostname = host, Tags = tags, Marks = marks,
    };

    /// <summary>With an id made up from its content.</summary>
    internal static StoredSnapshot Stored(this Snapshot snapshot) =>
        new(new(Hash256.Of(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(snapshot, RepositoryJson.Default.Snapshot))), snapshot);

    /// <summary>One a day, the newest at noon of the 21st, newest first; numbered only where asked.</summary>
    internal static List<StoredSnapshot> Daily(int count) => [.. Enumerable.Range(0, count).Select(i => At(Noon.AddDays(-i)).Stored())];

    internal static async Task<StoredSnapshot> SaveAsync(this OpenRepository repository, Snapshot snapshot) =>
        new(await repository.SaveSnapshotAsync(snapshot, TestRepository.Cancellation), snapshot);

    /// <summary>Forgets as the command does.</summary>
    internal static async Task<ForgetRun> ForgetAsync(this OpenRepository repository, ForgetOptions options, TimeProvider time)
    {
        List<StoredSnapshot> all = await repository.ListForChangeAsync(finish: true, TestRepository.Cancellation);
        var run = new ForgetRun(repository, new ForgetPlanner(options, time).Plan(all, all));
        await run.RunAsync(TestRepository.Cancellation);
        return run;
    }

    internal static async Task<List<StoredSnapshot>> LiveAsync(this OpenRepository repository) =>
        [.. (await repository.ListSnapshotsAsync(null, TestRepository.Cancellation)).Where(s => !s.Snapshot.IsInTrash())];

    internal static void ShouldRefuse(this Action plan, params string[] named)
    {
        BackupException e = Should.Throw<BackupException>(plan);
        e.Kind.ShouldBe(BackupErrorKind.Refused);
        foreach (string word in named)
        {
            e.Message.ShouldContain(word);
        }
    }
}
