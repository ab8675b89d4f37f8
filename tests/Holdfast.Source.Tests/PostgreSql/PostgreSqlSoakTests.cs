using Holdfast.Fixtures;
using System.Diagnostics;
using Holdfast.Archiver;

namespace Holdfast.Source.Tests;

/// <summary>A table of a million rows: <c>./test --all --filter FullyQualifiedName~PostgreSqlSoak</c>.</summary>
[Collection("postgresql")]
public sealed class PostgreSqlSoakTests(PostgreSqlFixture server, ITestOutputHelper output)
{
    [Fact]
    public async Task One_row_of_a_million_changed_and_ten_appended_add_less_than_200_KB_each()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("HOLDFAST_SOAK") == "1", "a soak");
        await server.CreateAsync("million", """
            CREATE TABLE orders (id int PRIMARY KEY, customer text, at timestamptz, total numeric);
            INSERT INTO orders SELECT g, md5(g::text) || md5((g * 7)::text), '2026-01-01'::timestamptz + g * interval '1 minute', g * 1.5 FROM generate_series(1, 1000000) g;
            CREATE TABLE lines (LIKE orders INCLUDING ALL);
            INSERT INTO lines SELECT * FROM orders;
            VACUUM ANALYZE;
            """);
        await using SourceBench bench = await SourceBench.CreateAsync();
        var source = new PostgreSqlSource(server.Options("million"));
        await TimeAsync("pg_dump to /dev/null", () => server.Cluster.AsOwnerAsync($"{PostgreSqlCluster.Bin}/pg_dump -h {server.Cluster.Folder} -p {PostgreSqlCluster.Port} -U postgres million > /dev/null"));
        await TimeAsync("first capture", () => bench.CaptureAsync(source));
        await TimeAsync("unchanged capture", () => bench.CaptureAsync(source));
        await TimeAsync("pg_dump to /dev/null", () => server.Cluster.AsOwnerAsync($"{PostgreSqlCluster.Bin}/pg_dump -h {server.Cluster.Folder} -p {PostgreSqlCluster.Port} -U postgres million > /dev/null"));

        await server.Cluster.SqlAsync("UPDATE orders SET total = 0 WHERE id = 500000", "million");
        await AddedAsync("one changed");
        await server.Cluster.SqlAsync("INSERT INTO orders SELECT g, md5(g::text), now(), g FROM generate_series(1000001, 1000010) g", "million");
        await AddedAsync("ten appended");

        async Task AddedAsync(string what)
        {
            BackupSummary summary = await bench.CaptureAsync(source);
            output.WriteLine($"{what}: {summary.Counters.DataAddedPacked} bytes added");
            summary.Counters.DataAddedPacked.ShouldBeLessThan(200_000);
        }
    }

    private async Task TimeAsync(string what, Func<Task> act)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan used = Environment.CpuUsage.TotalTime;
        await act();
        output.WriteLine($"{what}: {Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s, of this process's CPU {(Environment.CpuUsage.TotalTime - used).TotalSeconds:F2} s");
    }
}
