using System.Text.Json.Nodes;

namespace Holdfast.Cli.Tests.Harness;

/// <summary>Ten snapshots of one folder, one a day, made once; the newest is partial. For tests of what is kept.</summary>
public sealed class DailyRepository : IAsyncLifetime
{
    private readonly Sandbox _box = new();

    /// <summary>Whole ids, oldest first.</summary>
    public IReadOnlyList<string> Ids { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_box.At("source"));
        File.WriteAllText(_box.At("source/file"), "content");
        (await _box.HoldfastAsync("repo", "init")).ShouldSucceed();
        for (int day = 1; day <= 10; day++)
        {
            string[] missing = day == 10 ? [_box.At("missing")] : [];
            Outcome backup = await _box.HoldfastAsync(
                "repo", ["backup", "source", .. missing, "--host", "alpha", "--tag", day == 1 ? "first" : "daily", "--time", $"2026-03-{day:00} 12:00:00"]);
            backup.ExitCode.ShouldBe(day == 10 ? 3 : 0, backup.Error);
        }

        Ids = [.. (await _box.HoldfastAsync("repo", "list", "--json")).ShouldSucceed().Json.AsArray().Select(s => (string)s!["id"]!)];
    }

    public ValueTask DisposeAsync()
    {
        _box.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A copy of the repository to change.</summary>
    public Task<Sandbox> CopyAsync() => _box.CopyAsync("repo");

    public Task<Outcome> HoldfastAsync(params string[] arguments) => _box.HoldfastAsync("repo", arguments);

    public Task<Outcome> ResticAsync(params string[] arguments) => _box.ResticAsync("repo", arguments);

    internal static string[] IdsOf(JsonNode? snapshots) => snapshots is JsonArray list ? [.. list.Select(s => (string)s!["id"]!)] : [];
}
