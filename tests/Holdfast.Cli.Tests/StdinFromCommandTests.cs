using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class StdinFromCommandTests(SampleRepository sample)
{
    [Fact]
    public async Task What_a_command_writes_becomes_a_file()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome outcome = await box.ScriptAsync("""
            hf -r repo -p password backup --stdin-filename /dumps/numbers --stdin-from-command -- sh -c 'seq 1 1000; echo a word >&2'
            hf -r repo -p password dump latest /dumps/numbers | sha256sum; seq 1 1000 | sha256sum
            hf -r repo -p password ls latest
            """);
        string[] lines = outcome.ShouldSucceed().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        outcome.Error.ShouldContain("a word");
        string[] sums = [.. lines.Where(l => l.EndsWith("  -", StringComparison.Ordinal))];
        (sums.Length, sums[0]).ShouldBe((2, sums[1]));
        lines.ShouldContain("/dumps/numbers");
        lines.ShouldNotContain("/.holdfast", "restic has no inventory there");
    }

    [Fact]
    public async Task A_command_that_fails_makes_no_snapshot_and_says_why()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome before = await box.ScriptAsync("ls repo/snapshots");
        Outcome outcome = await box.ScriptAsync("hf -r repo -p password backup --stdin-from-command -- sh -c 'seq 1 1000; echo no space >&2; exit 3'");
        outcome.ExitCode.ShouldBe(1);
        outcome.Error.ShouldContain("sh ended with exit status 3: no space");
        (await box.ScriptAsync("ls repo/snapshots")).Text.ShouldBe(before.Text);
    }

    [Fact]
    public async Task Two_sources_with_one_place_are_refused()
    {
        Outcome outcome = await sample.Box.ScriptAsync("hf -r repo -p password backup -n --source 'command:a=echo hi' --source 'command:a=echo ho'");
        outcome.ExitCode.ShouldBe(1);
        outcome.Error.ShouldContain("two sources make /.holdfast/commands/a");
    }

    [Theory]
    [InlineData("--stdin-from-command", "--stdin-from-command needs a command")]
    [InlineData("--stdin --stdin-from-command -- ls", "--stdin and --stdin-from-command exclude each other")]
    [InlineData("--stdin-from-command --files-from x -- ls", "--stdin-from-command takes no lists of files beside it")]
    [InlineData("--stdin-from-command -- /no/such/tool", "/no/such/tool is not there")]
    public async Task Bad_input_is_named(string arguments, string message)
    {
        Outcome outcome = await sample.Box.ScriptAsync($"hf -r repo -p password backup -n {arguments}");
        outcome.ExitCode.ShouldBe(1);
        outcome.Error.ShouldContain(message);
    }
}
