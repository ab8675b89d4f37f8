using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class PlanTests(SampleRepository sample)
{
    private const string TwoCommands = """
        cat > shop.yaml <<'E'
        repository: repo
        password-file: password
        plans:
          shop:
            sources:
              - command: { name: numbers, run: [seq, '1', '1000'] }
              - command: { name: letters, run: [echo, abc] }
        E

        """;

    private const string OneCommand = "sed -i /letters/d shop.yaml\n";

    [Fact]
    public async Task A_plan_is_backed_up_by_its_name_with_repository_and_password_of_the_file()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome outcome = await box.ScriptAsync(TwoCommands + """
            set -e
            hf backup --config shop.yaml --host h --tag nightly
            hf backup --config shop.yaml --host h shop
            hf -r repo -p password dump latest /.holdfast/commands/letters
            hf -r repo -p password list --json --host h > list.json
            """);
        outcome.ShouldSucceed().Lines.ShouldContain("abc");
        outcome.Lines.Count(l => l == "plan shop").ShouldBe(2);
        outcome.Lines.Count(l => l.StartsWith("comparing with snapshot")).ShouldBe(1);
        JsonArray listed = JsonNode.Parse(File.ReadAllText(box.At("list.json")))!.AsArray();
        listed.Select(s => string.Join(',', s!["tags"]!.AsArray())).ShouldBe(["shop,nightly", "shop"]);
        (await box.ResticAsync("repo", "check")).ShouldSucceed();
        (await box.ResticAsync("repo", "dump", "latest", "/.holdfast/commands/letters")).ShouldSucceed().Text.ShouldBe("abc\n");
    }

    [Fact]
    public async Task What_is_gone_fails_with_4_until_it_is_acknowledged()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome first = await box.ScriptAsync(TwoCommands + """
            hf backup --config shop.yaml --host h -q || exit
            hf acknowledge --config shop.yaml --list
            """ + "\n" + OneCommand + "hf backup --config shop.yaml --host h -q");
        first.ExitCode.ShouldBe(4);
        first.Text.ShouldBe("nothing is missing, and nothing is acknowledged\n");
        first.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(
        [
            "gone: source /.holdfast/commands/letters (command echo) was there last time and is gone",
            "holdfast: plan shop: 1 of the things that the last snapshot has is gone, so there is no new one; bring back what is missing, or say that it may be gone: holdfast acknowledge shop",
        ]);

        Outcome then = await box.ScriptAsync("""
            set -e
            hf acknowledge --config shop.yaml --list
            hf acknowledge --config shop.yaml --host h shop --dry-run
            hf acknowledge --config shop.yaml --list --json > before.json
            hf acknowledge --config shop.yaml --host h shop
            hf acknowledge --config shop.yaml --list
            hf backup --config shop.yaml --host h -q
            hf acknowledge --config shop.yaml --list
            hf -r repo -p password check -q
            """);
        then.ShouldSucceed().Lines.ShouldBe(
        [
            "plan shop on h:",
            "  gone: source /.holdfast/commands/letters (command echo) was there last time and is gone",
            "would let the next run of plan shop on h pass without /.holdfast/commands/letters",
            "lets the next run of plan shop on h pass without /.holdfast/commands/letters",
            "plan shop on h:",
            "  may be gone: /.holdfast/commands/letters",
            "nothing is missing, and nothing is acknowledged",
        ]);
        JsonNode noted = JsonNode.Parse(File.ReadAllText(box.At("before.json")))!.AsArray().Single()!;
        ((string?)noted["gone"]![0]!["name"], noted["acknowledged"]!.AsArray().Count).ShouldBe(("/.holdfast/commands/letters", 0));
    }

    [Fact]
    public async Task What_is_going_to_be_dropped_can_be_acknowledged_beforehand()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome outcome = await box.ScriptAsync(TwoCommands + """
            set -e
            hf backup --config shop.yaml --host h -q
            hf acknowledge --config shop.yaml --host h shop /.holdfast/commands --json
            """ + "\n" + OneCommand + "hf backup --config shop.yaml --host h -q");
        JsonNode said = outcome.ShouldSucceed().Json;
        ((string?)said["message_type"], (string?)said["acknowledged"]![0]).ShouldBe(("acknowledged", "/.holdfast/commands"));
    }

    [Fact]
    public async Task What_no_run_can_miss_cannot_be_acknowledged()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome never = await box.ScriptAsync(TwoCommands + "hf acknowledge --config shop.yaml --host h shop /.holdfast/commands/letters");
        never.ShouldRefuse(1, "there is no snapshot of plan shop on h, so no run can miss /.holdfast/commands/letters");
        (await box.ScriptAsync("hf backup --config shop.yaml --host h -q")).ShouldSucceed();
        (await box.ScriptAsync("hf acknowledge --config shop.yaml --host h shop letters numbes")).ShouldRefuse(
            1, "the last snapshot of plan shop on h has nothing called numbes; did you mean numbers?");
        (await box.ScriptAsync("hf acknowledge --config shop.yaml --host h shop COMMANDS/LETT --dry-run")).ShouldRefuse(1, "did you mean /.holdfast/commands/letters?");
        (await box.ScriptAsync("hf acknowledge --config shop.yaml --list")).ShouldSucceed().Text.ShouldBe("nothing is missing, and nothing is acknowledged\n");

        // What a run missed can be named even where no snapshot has it any more.
        Outcome missed = await box.ScriptAsync(OneCommand + """
            hf backup --config shop.yaml --host h -q && exit 9
            rm repo/snapshots/*
            hf acknowledge --config shop.yaml --host h shop /.holdfast/commands/letters
            hf acknowledge --config shop.yaml --host h shop /.holdfast/commands/letters
            """);
        missed.ShouldSucceed();
    }

    [Fact]
    public async Task A_list_of_what_may_be_gone_reads_no_index()
    {
        using Sandbox box = await sample.CopyAsync();
        (await box.ScriptAsync(TwoCommands + "hf backup --config shop.yaml --host h -q; echo damaged > repo/index/$(printf 'a%.0s' $(seq 64))")).ShouldSucceed();
        (await box.ScriptAsync("hf acknowledge --config shop.yaml --host h shop letters --dry-run")).ExitCode.ShouldNotBe(0);
        (await box.ScriptAsync("hf acknowledge --config shop.yaml --list shop letters")).ShouldSucceed().Text.ShouldBe("nothing is missing, and nothing is acknowledged\n");
    }

    [Fact]
    public async Task One_plan_that_fails_does_not_stop_the_others()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome outcome = await box.ScriptAsync("""
            cat > shop.yaml <<'E'
            repository: repo
            password-file: password
            plans:
              bad: { sources: [ command: { name: a, run: [sh, -c, 'echo half; exit 3'] } ] }
              partial: { sources: [ files: [shop.yaml, missing] ] }
              good: { sources: [ command: { name: a, run: [echo, a] } ] }
              later: { sources: [ mysql: { user: a } ] }
            E
            hf backup --config shop.yaml --json
            """);
        outcome.ExitCode.ShouldBe(1);
        outcome.JsonLines.Where(l => (string?)l["message_type"] == "summary").Select(l => (string?)l["plan"]).ShouldBe(["partial", "good"]);
        outcome.Error.ShouldContain("plan bad: sh ended with exit status 3");
        outcome.Error.ShouldContain("missing: there is no such file or folder");
        outcome.Error.ShouldContain("plan later: ");
        (await box.ScriptAsync("hf backup --config shop.yaml partial good -q")).ExitCode.ShouldBe(3);
    }

    [Fact]
    public async Task Without_config_words_are_plans_only_where_the_default_file_has_them_and_no_slash_is_in_them()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome outcome = await box.ScriptAsync(TwoCommands + """
            set -e
            sed 's|: repo|: ../repo|; s|: password|: ../password|' shop.yaml > home/holdfast.yaml
            mkdir shop && echo x > shop/x
            hf backup
            hf backup shop
            hf -r repo -p password backup ./shop
            hf -r repo -p password backup home/holdfast.yaml
            """);
        outcome.ShouldSucceed().Lines.Count(l => l == "plan shop").ShouldBe(2);
        Outcome mixed = await box.ScriptAsync("hf -r repo -p password backup shop shop.yaml");
        mixed.ShouldRefuse(1, "shop is a plan of", "shop.yaml is none", "./shop");
        (await box.ScriptAsync("hf -r repo -p password backup shop.yaml && ! hf -r repo -p password backup 2>&1 -q | grep nothing")).ShouldSucceed();
    }

    [Theory]
    [InlineData("--config none.yaml", "the plan file none.yaml cannot be read: there is no such file")]
    [InlineData("--config shop.yaml shp", "shop.yaml has no plan 'shp': its plans are shop")]
    [InlineData("--config shop.yaml --exclude x", "--exclude is for a backup without a plan")]
    [InlineData("--config shop.yaml --stdin", "--stdin is for a backup without a plan")]
    [InlineData("--config shop.yaml --parent latest", "--parent is for a backup without a plan")]
    [InlineData("--config shop.yaml -g host", "--group-by is for a backup without a plan")]
    [InlineData("--config shop.yaml --skip-if-unchanged", "--skip-if-unchanged is for a backup without a plan")]
    [InlineData("--config bad.yaml", "bad.yaml:2:6: plan a needs sources")]
    [InlineData("--source mysql:usr=x", "--source mysql:usr=x:1:7: mysql has no key 'usr'; did you mean user?")]
    [InlineData("--source command:a=ls --stdin", "--source and standard input exclude each other")]
    [InlineData("/etc --fifo-timeout 0.2s", "--fifo-timeout is at least a second")]
    public async Task Bad_input_is_refused(string arguments, string message)
    {
        using var box = new Sandbox();
        Outcome outcome = await box.ScriptAsync(TwoCommands + $"printf 'plans:\\n  a: {{ }}\\n' > bad.yaml\nhf -r repo -p password backup {arguments}");
        outcome.ShouldRefuse(1, message);
    }

    [Theory]
    [InlineData("mysql:socket=/no/such.sock")]
    [InlineData("postgresql:host=/no/such")]
    public async Task A_server_that_is_down_fails_the_run_and_is_named(string source)
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome outcome = await box.ScriptAsync($"""
            ls repo/snapshots > before
            hf -r repo -p password backup --source {source}; echo "exit $?"
            ls repo/snapshots | cmp before
            """);
        outcome.ShouldSucceed().Text.ShouldContain("exit 1");
        outcome.Error.ShouldContain("/no/such");
    }

    [Fact]
    public async Task A_password_file_that_others_can_read_or_change_is_refused()
    {
        using Sandbox box = await sample.CopyAsync();
        (await box.ScriptAsync(TwoCommands + "chmod 620 password; hf backup --config shop.yaml")).ShouldRefuse(1, "can be read or changed by others: chmod 600");
    }

    [Fact]
    public async Task The_command_line_overrules_the_repository_of_the_file()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome outcome = await box.ScriptAsync(TwoCommands + """
            echo other > other-password; chmod 600 other-password
            hf -r other -p other-password init >&2 || exit
            hf -r other backup --config shop.yaml -p other-password >&2 || exit
            ls other/snapshots | wc -l
            HOLDFAST_REPOSITORY=$PWD/other hf backup --config shop.yaml >&2 || exit
            ls other/snapshots | wc -l
            """);
        outcome.ShouldSucceed().Lines.ShouldBe(["1", "1"]);
    }

    [Fact]
    public async Task Sources_can_stand_beside_paths_on_the_command_line()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome outcome = await box.ScriptAsync("""
            set -e
            echo x > file
            for i in 1 2; do hf -r repo -p password backup file --host h --source 'command:two words=echo a  b'; done
            hf -r repo -p password dump latest "/.holdfast/commands/two words"
            hf -r repo -p password dump latest /.holdfast/manifest.json | grep -c plan || true
            """);
        outcome.ShouldSucceed().Lines[^2..].ShouldBe(["a b", "0"]);
        outcome.Text.ShouldContain("comparing with snapshot");
    }

    [Fact]
    public async Task Config_check_says_all_that_is_wrong()
    {
        using var box = new Sandbox();
        Outcome good = await box.ScriptAsync(TwoCommands + "hf config check --config shop.yaml; hf config check --config shop.yaml --json");
        good.ShouldSucceed().Lines[0].ShouldBe("shop.yaml is good: plan shop");
        JsonNode.Parse(good.Lines[1])!["plans"]![0]!.ToString().ShouldBe("shop");

        Outcome bad = await box.ScriptAsync("sed -i 's/run/ran/; s/^repository/repostory/' shop.yaml; hf config check --config shop.yaml");
        bad.ExitCode.ShouldBe(1);
        bad.Output.ShouldBeEmpty();
        bad.Error.ShouldContain("shop.yaml:1:1: a plan file has no key 'repostory'; did you mean repository?");
        bad.Error.ShouldContain("shop.yaml:6:35: command has no key 'ran'; did you mean run?");
        Outcome json = await box.ScriptAsync("hf config check --config shop.yaml --json");
        (json.ExitCode, (int?)json.Json["problems"]![0]!["line"], json.Json["plans"]).ShouldBe((1, 1, null));

        Outcome secret = await box.ScriptAsync(TwoCommands + "chmod 640 password; hf config check --config shop.yaml");
        (secret.ExitCode, secret.Error).ShouldBe((1, $"shop.yaml: the password file {box.At("password")} can be read or changed by others: chmod 600 {box.At("password")}\n"));
    }

    [Fact]
    public async Task Config_show_prints_a_plan_file_and_json()
    {
        using var box = new Sandbox();
        Outcome outcome = await box.ScriptAsync(TwoCommands + "hf config show --config shop.yaml");
        outcome.ShouldSucceed().Text.ShouldBe($"""
            repository: {box.At("repo")}
            password-file: {box.At("password")}
            plans:
              shop:
                sources:
                  - command:
                      name: numbers
                      run: [seq, "1", "1000"]
                      shrink-limit: 50%
                  - command:
                      name: letters
                      run: [echo, abc]
                      shrink-limit: 50%

            """);
        JsonNode json = (await box.ScriptAsync("hf config show --config shop.yaml --json")).ShouldSucceed().Json;
        JsonNode source = json["plans"]![0]!["sources"]![0]!;
        ((string?)source["kind"], (string?)source["name"], (double?)source["shrink_limit"]).ShouldBe(("command", "numbers", 50));
    }

    [Theory]
    [InlineData("list --config shop.yaml", "there is no database server among these")]
    [InlineData("test --config shop.yaml shp", "has no plan 'shp'")]
    [InlineData("test --config shop.yaml shop --source mysql", "name plans, or servers with --source, and not both")]
    [InlineData("list --source mysql:databases=sys", "sys is the server's own; accounts are captured with every run.")]
    [InlineData("list --source oracle:a=b", "there is no source 'oracle'")]
    [InlineData("list", "home/holdfast.yaml: name one with --config or a server with --source")]
    public async Task Database_commands_refuse_what_is_no_server(string arguments, string message)
    {
        using var box = new Sandbox();
        (await box.ScriptAsync(TwoCommands + $"hf database {arguments}")).ShouldRefuse(1, message);
    }

    [Theory]
    [InlineData("", "say which plan")]
    [InlineData("shop", "no run of plan shop on h has missed anything")]
    [InlineData("nope", "has no plan 'nope'")]
    [InlineData("shop ''", "a name to acknowledge is empty")]
    public async Task Acknowledge_refuses_what_makes_no_sense(string arguments, string message)
    {
        using Sandbox box = await sample.CopyAsync();
        (await box.ScriptAsync(TwoCommands + $"hf acknowledge --config shop.yaml --host h {arguments}")).ShouldRefuse(1, message);
    }
}
