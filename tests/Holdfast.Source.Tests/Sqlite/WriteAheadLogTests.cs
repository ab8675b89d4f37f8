using System.Text;
using Holdfast.Fixtures;
using Holdfast.Linux;

namespace Holdfast.Source.Tests;

public sealed class WriteAheadLogTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Database => _folder["a.db"];

    [Fact]
    public async Task Only_what_was_committed_counts_and_a_log_begun_anew_is_noticed()
    {
        ToolProcess user = ToolProcess.Start(new("sqlite3", [Database]) { TakesInput = true });
        await using (user)
        {
            var said = new StreamReader(user.Output);
            await RunAsync("PRAGMA journal_mode=wal; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=5; CREATE TABLE t (id INTEGER PRIMARY KEY, x);"
                + "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT i, hex(randomblob(50)) FROM n;");
            using var log = new WriteAheadLog(Open());
            log.Scan();
            uint pages = log.DatabasePages;
            long committed = log.CommittedEnd;
            committed.ShouldBe(new FileInfo(Database + "-wal").Length);
            var page = new byte[4096];
            log.TryRead(1, page).ShouldBeTrue();
            Encoding.ASCII.GetString(page, 0, 15).ShouldBe("SQLite format 3");
            log.TryRead(pages + 1, page).ShouldBeFalse();

            await RunAsync("BEGIN; UPDATE t SET x = hex(randomblob(60));");
            new FileInfo(Database + "-wal").Length.ShouldBeGreaterThan(committed, "changes spill into the log before they are committed");
            log.Scan();
            log.CommittedEnd.ShouldBe(committed);
            await RunAsync("COMMIT;");
            log.Scan();
            log.CommittedEnd.ShouldBeGreaterThan(committed);
            log.DatabasePages.ShouldBeGreaterThan(pages);

            using var index = new WriteAheadIndex(Open("a.db-shm"));
            index.TryRead().ShouldBeTrue();
            (index.Frames, index.Salt.SequenceEqual(log.Salt)).ShouldBe(((uint)log.CommittedFrames, true));
            using var part = new WriteAheadLog(Open());
            part.Scan(index.Frames - 1);
            part.CommittedEnd.ShouldBe(committed, "the last commit is not to be looked at");
            part.Scan(index.Frames);
            (part.CommittedEnd, part.CommittedFrames, part.PageSize).ShouldBe((log.CommittedEnd, log.CommittedFrames, 4096));

            await RunAsync("PRAGMA wal_checkpoint(PASSIVE);");
            log.IsCurrent().ShouldBeTrue();
            await RunAsync("DELETE FROM t WHERE id = 1;");
            log.IsCurrent().ShouldBeFalse();
            log.Scan();
            (log.IsCurrent(), log.CommittedEnd < committed).ShouldBe((true, true));

            async Task RunAsync(string sql)
            {
                await user.Input.WriteAsync(Encoding.UTF8.GetBytes(sql + "\n.print done\n"), Cancellation);
                await user.Input.FlushAsync(Cancellation);
                while (await said.ReadLineAsync(Cancellation) is { } line && line != "done")
                {
                }
            }
        }
    }

    [Fact]
    public async Task A_damaged_log_ends_before_the_damage()
    {
        // A copy made while its writer is there: closing would remove it.
        await ToolProcess.ReadAsync(new("bash", ["-c",
            "printf 'PRAGMA journal_mode=wal;\\nCREATE TABLE t (x);\\nINSERT INTO t VALUES (1);\\nINSERT INTO t VALUES (2);\\n.shell cp %s-wal %s-copy\\n' \"$0\" \"$0\" | sqlite3 \"$0\"", Database]), Cancellation);
        byte[] content = await File.ReadAllBytesAsync(Database + "-copy", Cancellation);
        long whole = Scan(content);
        whole.ShouldBe(content.Length);
        Random random = Seeded.Random();
        for (int i = 0; i < 300; i++)
        {
            byte[] changed = [.. content];
            int at = random.Next(changed.Length);
            changed[at] ^= (byte)(1 << random.Next(8));
            Scan(changed).ShouldBeLessThanOrEqualTo(at, $"byte {at}");
            int length = random.Next(content.Length);
            Scan(content[..length]).ShouldBeLessThanOrEqualTo(length);
        }

        long Scan(byte[] bytes)
        {
            File.WriteAllBytes(Database + "-wal", bytes);
            using var log = new WriteAheadLog(Open());
            log.Scan();
            return log.CommittedEnd;
        }
    }

    public void Dispose() => _folder.Dispose();

    private LinuxFile Open(string name = "a.db-wal")
    {
        using DirectoryHandle folder = DirectoryHandle.Open(Path.GetDirectoryName(Database)!);
        return folder.OpenFile(Encoding.UTF8.GetBytes(name));
    }
}
