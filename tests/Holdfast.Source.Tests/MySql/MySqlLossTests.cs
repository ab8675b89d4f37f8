using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

/// <summary>A server of its own, because it does not live to the end of the test.</summary>
[Collection(nameof(MySqlCollection))]
public sealed class MySqlLossTests(MySqlServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_was_lost_under_write_load_comes_back_to_the_recorded_moment()
    {
        await servers.ResetAsync();
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary;
        Task<string> writing;
        MariaDb lost = await MariaDb.StartAsync();
        await using (lost)
        {
            await lost.RunAsync(Zoo.Sql);
            await lost.RunAsync("""
                CREATE DATABASE busy; USE busy; CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v TEXT);
                DELIMITER //
                CREATE PROCEDURE write_on () BEGIN WHILE TRUE DO INSERT INTO t (v) VALUES (SHA2(RAND(), 512)); END WHILE; END//
                """);
            writing = lost.RunAsync("CALL write_on()", "busy");
            while (await lost.NumberAsync("SELECT COUNT(*) FROM busy.t") < 100)
            {
            }

            summary = await bench.CaptureAsync(new MySqlSource(lost.Options));
            writing.IsCompleted.ShouldBeFalse();
        }

        (await Record.ExceptionAsync(() => writing)).ShouldNotBeNull().Message.ShouldContain("Lost connection", customMessage: "it wrote to its end");
        var restorer = new MySqlRestorer(await bench.IndexedAsync(), summary.Tree, servers.Target.Options);
        await (await restorer.PlanAsync(new() { Users = true }, Cancellation)).ExecuteAsync(Cancellation);

        BackupSummary again = await bench.CaptureAsync(new MySqlSource(servers.Target.Options));
        ManifestSource then = (await bench.ManifestAsync(summary))!.Sources.Single(), now = (await bench.ManifestAsync(again))!.Sources.Single();
        now.Items.ShouldBe(then.Items, "every object, and every table's rows with their checksum");
        then.Items.Single(i => i.Name == "busy/t" && i.Kind == "table").Rows!.Value.ShouldBeGreaterThanOrEqualTo(100);
        await servers.NothingBesideAsync();
    }
}
