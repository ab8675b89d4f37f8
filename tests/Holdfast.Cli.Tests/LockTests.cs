using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class LockTests(SampleRepository sample)
{
    /// <summary>A backup, process p, that has its lock and waits for a writer who says nothing.</summary>
    private const string WaitingBackup = """
        mkfifo in
        sleep 60 > in & writer=$!
        "$HOLDFAST_BINARY" -r repo -p password backup --stdin < in > /dev/null 2>&1 & p=$!
        while [ -z "$(ls -I "*-tmp-*" repo/locks)" ]; do sleep 0.05; done
        """;

    [Fact]
    public async Task Unlock_removes_a_lock_whose_process_is_gone()
    {
        using Sandbox copy = await sample.CopyAsync();

        // Changing the password takes its lock, and then waits for a FIFO that nobody writes to.
        (await copy.RunAsync("/bin/sh", ["-c", """
            mkfifo -m 600 second
            "$HOLDFAST_BINARY" -r repo -p password key passwd --new-password-file second > /dev/null 2>&1 & p=$!
            while [ -z "$(ls -I "*-tmp-*" repo/locks)" ]; do sleep 0.05; done
            sleep 0.5
            kill -9 $p
            wait $p 2> /dev/null
            exit 0
            """])).ShouldSucceed();
        Directory.GetFiles(copy.At("repo/locks")).ShouldHaveSingleItem();
        (await copy.HoldfastAsync("repo", "unlock", "--json")).ShouldSucceed().Json["removed"]!.GetValue<int>().ShouldBe(1);
        Directory.GetFiles(copy.At("repo/locks")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_held_lock_gives_exit_code_11_and_goes_with_remove_all()
    {
        using Sandbox copy = await sample.CopyAsync();
        Outcome outcome = await copy.RunAsync("/bin/sh", ["-c", """
            mkfifo -m 600 second
            "$HOLDFAST_BINARY" -r repo -p password key passwd --new-password-file second > /dev/null 2>&1 & p=$!
            while [ -z "$(ls -I "*-tmp-*" repo/locks)" ]; do sleep 0.05; done
            sleep 0.5
            for command in 'ls latest' 'key list' 'cat config' 'find x' 'list'; do
              "$HOLDFAST_BINARY" -r repo -p password $command > out 2> err
              echo "$? $(wc -c < out) $(grep -c 'locked exclusively' err)"
            done
            "$HOLDFAST_BINARY" -r repo -p password --no-lock list > /dev/null; echo $?
            "$HOLDFAST_BINARY" -r repo -p password unlock > /dev/null; ls repo/locks | wc -l
            "$HOLDFAST_BINARY" -r repo -p password unlock --remove-all > /dev/null; ls repo/locks | wc -l
            kill -9 $p
            wait $p 2> /dev/null
            exit 0
            """]);
        outcome.ShouldSucceed().Lines.ShouldBe([.. Enumerable.Repeat("11 0 1", 5), "0", "1", "0"]);
    }

    [Fact]
    public async Task A_container_of_the_same_name_does_not_take_a_lock_for_left_behind()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs a namespace of its own for process ids");
        using Sandbox copy = await sample.CopyAsync();
        Outcome outcome = await copy.RunAsync("/bin/sh", ["-c", """
            mkfifo -m 600 second
            "$HOLDFAST_BINARY" -r repo -p password key passwd --new-password-file second > /dev/null 2>&1 & p=$!
            while [ -z "$(ls -I "*-tmp-*" repo/locks)" ]; do sleep 0.05; done
            sleep 0.5
            for command in list unlock; do
              unshare --pid --fork --mount-proc "$HOLDFAST_BINARY" -r repo -p password $command > /dev/null 2>&1; echo $?
              ls repo/locks | wc -l
            done
            kill -9 $p
            wait $p 2> /dev/null
            exit 0
            """]);
        outcome.ShouldSucceed().Lines.ShouldBe(["11", "1", "0", "1"]);
    }

    /// <summary>The backup has a number there that no process of this machine has.</summary>
    [Fact]
    public async Task D66_restic_unlock_leaves_the_lock_of_a_container_of_the_same_name_alone()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs a namespace of its own for process ids");
        using Sandbox copy = await sample.CopyAsync();
        Outcome outcome = await copy.ScriptAsync("""
            mkfifo in
            sleep 60 > in & writer=$!
            unshare --pid --fork --mount-proc sh -c '
              echo $(($(cat /proc/sys/kernel/pid_max) - 200)) > /proc/sys/kernel/ns_last_pid
              "$HOLDFAST_BINARY" -r repo -p password backup --stdin < in > /dev/null 2>&1
              true' & p=$!
            while [ -z "$(ls -I "*-tmp-*" repo/locks)" ]; do sleep 0.05; done
            hf -r repo -p password cat lock $(ls repo/locks) > lock
            restic -r repo -p password unlock > /dev/null; echo $?
            ls repo/locks | wc -l
            kill $writer
            wait $p
            ls repo/locks | wc -l
            hostname=$(cat /proc/sys/kernel/hostname)
            pid=$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' lock)
            [ -d /proc/$pid ] && echo "process $pid is there"
            grep -c "\"hostname\": *\"$hostname (pid:" lock || true
            """);
        outcome.ShouldSucceed().Lines.ShouldBe(["0", "1", "0", "1"]);
    }

    [Fact]
    public async Task Where_a_lock_cannot_be_written_its_sentence_names_the_option_that_reads_without_one()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting needs root");
        using Sandbox copy = await sample.CopyAsync();
        copy.WriteSecret("script", """
            set -u
            hf() { "$HOLDFAST_BINARY" "$@"; }
            mount --bind repo repo && mount -o remount,bind,ro repo || exit 9
            for command in list 'ls latest' check 'prune --dry-run' 'forget --keep-last 1 --dry-run'; do
              hf -r repo -p password $command 2> err; echo $? $(grep -c 'cannot be locked.*read-only.*--no-lock' err)
              hf -r repo -p password $command --no-lock > /dev/null 2> err; echo $? $(wc -l < err)
            done
            hf -r repo -p password prune 2> err; echo $? $(grep -c 'cannot be locked' err)
            hf -r repo -p password repair index 2> err; echo $? $(grep -c 'cannot be locked.*--no-lock' err)
            """);
        Outcome outcome = await copy.RunAsync("unshare", ["-m", "/bin/sh", copy.At("script")]);
        outcome.ShouldSucceed().Lines.ShouldBe([.. Enumerable.Repeat((string[])["1 1", "0 0"], 5).SelectMany(l => l), "1 1", "1 0"]);
    }

    [Fact]
    public async Task An_interrupted_command_gives_exit_code_130_and_its_lock_back_even_where_nobody_reads_its_output()
    {
        using Sandbox copy = await sample.CopyAsync();
        Outcome outcome = await copy.RunAsync("/bin/sh", ["-c", """
            mkfifo out
            sleep 30 < out > /dev/null 2>&1 & reader=$!
            "$HOLDFAST_BINARY" -r repo -p password dump latest / > out 2> err & p=$!
            while [ -z "$(ls -I "*-tmp-*" repo/locks)" ]; do sleep 0.05; done
            sleep 1
            kill -TERM $p
            wait $p; echo $?
            ls repo/locks | wc -l
            kill $reader
            cat err
            """]);
        outcome.ShouldSucceed().Lines[..2].ShouldBe(["130", "0"]);
        outcome.Text.ShouldContain("interrupted");
    }

    [Fact]
    public async Task An_interrupted_wait_for_standard_input_gives_the_lock_back()
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.RunAsync("/bin/sh", ["-c", WaitingBackup + """

            sleep 1
            kill -TERM $p
            wait $p; echo $?
            ls repo/locks | wc -l
            kill $writer
            """])).ShouldSucceed().Lines.ShouldBe(["130", "0"]);
    }

    [Fact]
    public async Task A_backup_and_a_check_run_side_by_side_but_not_one_that_corrects()
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.RunAsync("/bin/sh", ["-c", WaitingBackup + """

            for options in '' --read-data --correct; do
              "$HOLDFAST_BINARY" -r repo -p password check $options > /dev/null 2>&1; echo $?
            done
            kill -TERM $p
            wait $p
            kill $writer
            """])).ShouldSucceed().Lines.ShouldBe(["0", "0", "11"]);
    }

    [Fact]
    public async Task A_hangup_which_restic_unlock_asks_by_ends_no_run()
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.RunAsync("/bin/sh", ["-c", """
            mkfifo in
            { sleep 3; echo late; } > in & writer=$!
            "$HOLDFAST_BINARY" -r repo -p password backup --stdin --stdin-filename slow < in > /dev/null 2>&1 & p=$!
            while [ -z "$(ls -I "*-tmp-*" repo/locks)" ]; do sleep 0.05; done
            kill -HUP $p
            wait $p; echo $?
            "$HOLDFAST_BINARY" -r repo -p password dump latest /slow
            """])).ShouldSucceed().Lines.ShouldBe(["0", "late"]);
    }

    [Fact]
    public async Task Standard_input_that_does_not_block_is_waited_for()
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.RunAsync("/bin/sh", ["-c", """
            { sleep 0.5; echo first; sleep 0.5; echo second; } |
              perl -e 'use Fcntl; fcntl(STDIN, F_SETFL, fcntl(STDIN, F_GETFL, 0) | O_NONBLOCK) or die; exec @ARGV' \
                "$HOLDFAST_BINARY" -r repo -p password backup --stdin --stdin-filename slow > /dev/null &&
            "$HOLDFAST_BINARY" -r repo -p password dump latest /slow
            """])).ShouldSucceed().Lines.ShouldBe(["first", "second"]);
    }

    /// <remarks>Takes five minutes, the time between two refreshes of a lock; so only on demand: -explicit on.</remarks>
    [Fact(Explicit = true)]
    public async Task A_lost_lock_gives_exit_code_11_and_is_called_by_its_name()
    {
        using Sandbox copy = await sample.CopyAsync();
        Outcome outcome = await copy.ScriptAsync(
            """
            mkfifo in
            sleep 400 > in & writer=$!
            "$HOLDFAST_BINARY" -r repo -p password backup --stdin < in > /dev/null 2> err & p=$!
            while [ -z "$(ls -I "*-tmp-*" repo/locks)" ]; do sleep 0.05; done
            sleep 1
            rm -f repo/locks/*
            (sleep 310; kill $writer) > /dev/null 2>&1 &
            wait $p; echo $?
            grep -c 'the lock of this run was lost' err
            kill $writer
            exit 0
            """,
            TimeSpan.FromMinutes(7));
        outcome.ShouldSucceed().Lines.ShouldBe(["11", "1"]);
    }
}
