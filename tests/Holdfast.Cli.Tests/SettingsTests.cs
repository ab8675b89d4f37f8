using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

/// <summary>What options, environment and the terminal change in how a command runs.</summary>
public sealed class SettingsTests(SampleRepository sample)
{
    [Fact]
    public async Task Verbose_is_counted()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome outcome = await box.ScriptAsync("""
            mkdir src && printf a > src/some-file
            hf -r repo -p password backup -vv src | grep -c 'new *.*/some-file$'
            hf -r repo -p password backup -v src | grep -c some-file
            hf -r repo -p password backup -v --json --verbose src | grep verbose_status | grep -c some-file
            hf -r repo -p password backup --json -v src | grep verbose_status | grep -c some-file
            hf -r repo -p password backup --json src | grep -c some-file
            hf -r repo -p password restore latest -t out -n -v | grep -c some-file
            """);
        outcome.Lines.ShouldBe(["1", "0", "1", "1", "0", "1"], outcome.Error);
    }

    [Fact]
    public async Task Bad_values_in_the_environment_are_refused_by_name()
    {
        foreach ((string variable, string value) in ((string, string)[])
            [
                ("HOLDFAST_COMPRESSION", "brotli"), ("RESTIC_COMPRESSION", "2"), ("HOLDFAST_PACK_SIZE", "16M"), ("RESTIC_PACK_SIZE", "3"),
            ])
        {
            (await sample.Box.ScriptAsync($"export {variable}={value}; hf -r repo -p password list")).ShouldRefuse(1, variable, value);
        }

        (await sample.Box.ScriptAsync("export HOLDFAST_COMPRESSION=x RESTIC_PACK_SIZE=x; hf -r repo -p password list --compression MAX --pack-size 64")).ShouldSucceed();
        (await sample.Box.ScriptAsync("export HOLDFAST_COMPRESSION=Max RESTIC_PACK_SIZE=64; hf -r repo -p password list")).ShouldSucceed();
    }

    [Fact]
    public async Task A_password_is_taken_without_white_space_around_it()
    {
        string padded = sample.Box.WriteSecret("padded", " \t a good password \r\n\n");
        (await sample.Box.BareAsync("-r", sample.Box.At("repo"), "-p", padded, "list")).ShouldSucceed();
        (await sample.Box.BareAsync("-r", sample.Box.At("repo"), "--password-command", "echo; echo ' a good password '; echo", "list")).ShouldSucceed();
    }

    [Fact]
    public async Task A_standard_error_that_takes_nothing_stops_no_backup()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome outcome = await box.ScriptAsync("""
            mkdir src && printf a > src/file
            hf -r repo -p password backup src missing 2> /dev/full | grep -c '^snapshot .* saved'
            { hf -r repo -p password backup src missing 2>&1 >&3 | true; } 3> out
            grep -c '^snapshot .* saved' out
            hf -r repo -p password list moon 2> /dev/full; echo $?
            """);
        outcome.Lines.ShouldBe(["1", "1", "1"], outcome.Error);
    }

    [Fact]
    public async Task A_terminal_sees_a_drawn_line_that_goes_before_the_result()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome outcome = await box.ScriptAsync("""
            export TERM=xterm
            script -qec '(printf a; while [ -z "$(ls -I "*-tmp-*" repo/locks)" ]; do sleep 0.05; done; sleep 2) | "$HOLDFAST_BINARY" -r repo -p password backup --stdin' /dev/null
            """);
        outcome.ShouldSucceed().Text.ShouldContain("\r\u001b[K[");
        string text = outcome.Text;
        text[..text.IndexOf(" saved", StringComparison.Ordinal)].ShouldContain("\r\u001b[Kfiles: ");
    }

    [Fact]
    public async Task Status_lines_count_whole_seconds()
    {
        using Sandbox box = await sample.CopyAsync();
        JsonNode[] lines = (await box.ScriptAsync("""
            (printf a; while [ -z "$(ls -I "*-tmp-*" repo/locks)" ]; do sleep 0.05; done; sleep 3) | hf -r repo -p password backup --stdin --json
            """)).ShouldSucceed().JsonLines;
        JsonNode[] states = [.. lines.Where(l => (string?)l["message_type"] == "status")];
        states.ShouldNotBeEmpty();
        foreach (string name in (string[])["seconds_elapsed", "seconds_remaining"])
        {
            states.Select(s => s[name]?.ToJsonString() ?? "0").ShouldAllBe(t => t.All(char.IsAsciiDigit));
        }
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("--no-scan", false)]
    public async Task What_there_is_is_counted_beforehand_unless_told_otherwise(string option, bool isCounted)
    {
        using Sandbox box = await sample.CopyAsync();
        JsonNode[] lines = (await box.ScriptAsync($"""
            mkdir counted && echo a > counted/a && mkfifo counted/fifo
            (exec 9> counted/fifo; sleep 3) &
            hf -r repo -p password backup counted --read-fifos --json {option}
            """)).ShouldSucceed().JsonLines;
        ((int?)lines.Last(l => (string?)l["message_type"] == "status")["total_files"] > 0).ShouldBe(isCounted);
    }

    [Fact]
    public async Task A_pattern_that_matches_nothing_is_named_and_gives_exit_code_3()
    {
        Outcome outcome = await sample.Box.ScriptAsync("""
            mkdir -p from && touch from/a.txt && printf '%s\n' "$PWD/from/*.txt" "$PWD/from/*.none" > list
            hf -r repo -p password backup -n --files-from list
            """);
        outcome.ExitCode.ShouldBe(3);
        outcome.Error.ShouldContain("/from/*.none: nothing matches");
        outcome.Error.ShouldNotContain("*.txt");
        (await sample.Box.ScriptAsync("printf '%s\n' '/nowhere/*' > none; hf -r repo -p password backup -n --files-from none")).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task Variables_in_files_of_patterns_are_replaced()
    {
        Outcome outcome = await sample.Box.ScriptAsync("""
            mkdir -p vars && cd vars && touch one.log two.log 'a$b' 'c$' UPPER.LOG kept
            printf '%s\n' '$NAME.log' '*/${OTHER}.log' 'a$$b' 'c$' '$UNSET' '# $NAME' > ../rules
            echo '${NAME}r.log' > ../irules
            export NAME=one OTHER=two; echo 'upper${UNSET}.$EXT' > ../irules; export EXT=log
            hf -r ../repo -p ../password backup -n -vv . --exclude-file ../rules --iexclude-file ../irules | sed -n 's/^new *.*vars\/\(.\)/\1/p'
            """);
        outcome.Lines.ShouldBe(["kept"], outcome.Error);
    }
}
