using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class FifoTests(SampleRepository sample)
{
    [Fact]
    public async Task What_is_written_into_a_fifo_becomes_a_file()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome outcome = await box.ScriptAsync("""
            set -e
            mkdir d; mkfifo d/x d/idle; chmod 640 d/x
            seq 1 300000 > d/x &
            code=0; hf -r repo -p password backup d --read-fifos --fifo-timeout 2s >&2 || code=$?
            echo $code
            hf -r repo -p password dump latest "$PWD/d/x" | sha256sum; seq 1 300000 | sha256sum
            hf -r repo -p password ls latest | grep -c idle || true
            hf -r repo -p password backup d >&2
            hf -r repo -p password ls -l latest | grep -c '^p.*/d/'
            """, TimeSpan.FromMinutes(2));
        string[] lines = outcome.ShouldSucceed().Lines;
        (lines[0], lines[1] == lines[2], lines[3], lines[4]).ShouldBe(("3", true, "0", "2"), outcome.Text);
        outcome.Error.ShouldContain($"{box.At("d/idle")}: nobody wrote into this FIFO for 2 seconds; it is left out");
    }

    [Fact]
    public async Task The_timeout_counts_for_a_fifo_that_is_a_source_as_well()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome outcome = await box.ScriptAsync("mkfifo pipe; hf -r repo -p password backup --source fifo:dump.sql=pipe --fifo-timeout 1s", TimeSpan.FromMinutes(2));
        outcome.ShouldRefuse(1, "for 1 seconds; start its writer before the backup");
    }

    [Fact]
    public async Task A_plan_reads_a_fifo_and_its_end_marker_decides()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome outcome = await box.ScriptAsync("""
            cat > shop.yaml <<'E'
            repository: repo
            password-file: password
            plans:
              shop: { sources: [ fifo: { name: dump.sql, path: pipe, end-marker: '-- done', timeout: 2s } ] }
            E
            mkfifo pipe
            (seq 1 100000; echo '-- done') > pipe & hf backup --config shop.yaml -q; echo $?
            seq 1 100000 > pipe & hf backup --config shop.yaml -q; echo $?
            hf backup --config shop.yaml -q; echo $?
            rm pipe; echo text > pipe; hf backup --config shop.yaml -q; echo $?
            rm pipe; hf backup --config shop.yaml -q; echo $?
            hf -r repo -p password dump latest /.holdfast/commands/dump.sql | tail -n 1
            """, TimeSpan.FromMinutes(2));
        outcome.Lines.ShouldBe(["0", "1", "1", "1", "1", "-- done"], outcome.Error);
        outcome.Error.ShouldContain("has no '-- done' in its last 4096 bytes of 588895: it was cut short");
        outcome.Error.ShouldContain("for 2 seconds; start its writer before the backup");
        outcome.Error.ShouldContain("is no FIFO: make one with mkfifo");
        outcome.Error.ShouldContain("there is no FIFO");
    }
}
