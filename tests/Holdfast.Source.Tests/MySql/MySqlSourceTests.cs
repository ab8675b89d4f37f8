using Holdfast.Archiver;

namespace Holdfast.Source.Tests;

/// <summary>What a server has comes back, object by object and row by row, on another server.</summary>
[Collection(nameof(MySqlCollection))]
public sealed class MySqlSourceTests(MySqlServers servers) : IAsyncLifetime
{
    private const string Root = "/.holdfast/databases/mysql";

    public async ValueTask InitializeAsync()
    {
        await servers.Source.ResetAsync();
        await servers.Target.ResetAsync();
    }

    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task Every_kind_of_object_comes_back_equal()
    {
        await servers.Source.RunAsync(Zoo.Sql);
        string[] expected = await servers.Source.DescribeAsync();
        await using SourceBench bench = await SourceBench.CreateAsync();

        BackupSummary summary = await bench.CaptureAsync(new MySqlSource(servers.Source.Options));
        await servers.Target.LoadAsync(await bench.RestoreAsync(summary) + Root);

        string[] found = await servers.Target.DescribeAsync();
        expected.Length.ShouldBeGreaterThan(80);
        string.Join('\n', expected.Except(found).Concat(found.Except(expected))).ShouldBeEmpty();
        found.ShouldBe(expected);
    }
}
