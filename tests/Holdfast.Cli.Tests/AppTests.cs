using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class AppTests(SampleRepository sample)
{
    private const string Site = """
        mkdir -p www/blog/wp-includes www/other conf/apps.d
        cat > www/blog/wp-config.php <<'E'
        <?php
        define('DB_NAME', 'blog'); define('DB_USER', 'wp'); define('DB_PASSWORD', 'very secret');
        define('DB_HOST', 'localhost:/run/my.sock');
        E
        echo "<?php \$wp_version = '6.4.2';" > www/blog/wp-includes/version.php
        sed "s/'very secret'/getenv('PW')/" www/blog/wp-config.php > www/other/wp-config.php
        chmod 644 www/*/wp-config.php; chmod 640 www/other/wp-config.php
        cat > conf/apps.d/notes.yaml <<'E'
        name: notes
        description: My notes
        find: [ { file: notes.ini } ]
        settings: { log: { ini: log } }
        sources: [ files: '${root}' ]
        pause:
          before: [ { run: [sh, -c, 'echo before >> "$0"', '${log}'] } ]
          after: [ { run: [sh, -c, 'echo after >> "$0"', '${log}'] } ]
        check: { files: notes.ini }
        E
        mkdir notes; echo "log = $PWD/log" > notes/notes.ini

        """;

    [Fact]
    public async Task Applications_are_found_with_what_a_plan_needs_and_without_passwords()
    {
        using var box = new Sandbox();
        Outcome outcome = await box.ScriptAsync(Site + "hf app detect . --config conf/holdfast.yaml");
        outcome.ShouldSucceed().Lines.ShouldBe(
        [
            $"notes {box.At("notes")}",
            $"  settings: {box.At("notes/notes.ini")}",
            $"  plan:     - app: {{ recipe: notes, path: {box.At("notes")} }}",
            $"wordpress {box.At("www/blog")} (6.4.2)",
            $"  settings: {box.At("www/blog/wp-config.php")}",
            $"  note:     {box.At("www/blog/wp-config.php")} holds a password, and every user of this machine may read it",
            "  database: mysql blog at /run/my.sock as wp",
            $"  plan:     - app: {{ recipe: wordpress, path: {box.At("www/blog")} }}",
            $"wordpress {box.At("www/other")}",
            $"  settings: {box.At("www/other/wp-config.php")}",
            $"  problem:  wordpress {box.At("www/other")}: DB_PASSWORD in {box.At("www/other/wp-config.php")} is getenv(…) in line 2, which only the application can evaluate; write it there as a plain text, or name the files and databases in the plan instead of the application",
        ]);

        Outcome json = await box.ScriptAsync("hf app detect www --json");
        JsonArray found = JsonNode.Parse(json.ShouldSucceed().Text)!.AsArray();
        found.Select(f => ((string?)f!["recipe"], (string?)f["version"], (string?)f["databases"]!.AsArray().FirstOrDefault()?["server"], f["problem"] is null)).ShouldBe(
            [("wordpress", "6.4.2", "/run/my.sock", true), ("wordpress", null, null, false)]);
        (json.Text + outcome.Text).ShouldNotContain("very secret");
        (await box.ScriptAsync("hf app detect conf")).ShouldSucceed().Text.ShouldBe("found no application\n");
    }

    [Fact]
    public async Task Recipes_are_listed_and_shown_and_what_one_makes_of_a_folder()
    {
        using var box = new Sandbox();
        Outcome list = await box.ScriptAsync(Site + "hf app list --config conf/holdfast.yaml");
        list.ShouldSucceed().Lines.Count(l => l.TrimEnd().EndsWith(" holdfast")).ShouldBe(6);
        list.Lines.ShouldContain(l => l.Contains("My notes") && l.Contains(box.At("conf/apps.d/notes.yaml")));
        JsonNode.Parse((await box.ScriptAsync("hf app list --json")).ShouldSucceed().Text)!.AsArray().Count.ShouldBe(6);

        (await box.ScriptAsync("hf app show wordpress")).ShouldSucceed().Text.ShouldContain("php-define: DB_NAME");
        Outcome shown = await box.ScriptAsync("hf app show ./www/blog");
        shown.ShouldSucceed().Lines.ShouldContain($"  files:    {box.At("www/blog")}");
        shown.Lines.ShouldContain($"  without:  {box.At("www/blog/wp-content/cache/*")}");
        shown.Lines.ShouldContain($"  check:    {box.At("www/blog/wp-config.php")}");
        Outcome notes = await box.ScriptAsync("hf app show ./notes --config conf/holdfast.yaml --json");
        ((string?)notes.ShouldSucceed().Json.AsArray().Single()!["before"]![0]).ShouldBe($"sh -c echo before >> \"$0\" {box.At("log")}");
    }

    [Fact]
    public async Task A_plan_captures_an_application_and_pauses_it()
    {
        using Sandbox box = await sample.CopyAsync();
        Outcome outcome = await box.ScriptAsync(Site + """
            set -e
            printf 'repository: ../repo\npassword-file: ../password\nplans:\n  n: { sources: [ app: { recipe: notes, path: ../notes } ] }\n' > conf/holdfast.yaml
            hf config check --config conf/holdfast.yaml
            hf backup --config conf/holdfast.yaml -q
            cat log
            hf -r repo -p password dump latest /.holdfast/applications/notes/recipe.yaml | cmp - conf/apps.d/notes.yaml
            hf -r repo -p password ls latest | grep -c "$PWD/notes/notes.ini"
            """);
        outcome.ShouldSucceed().Lines[^3..].ShouldBe(["before", "after", "1"]);
        (await box.ResticAsync("repo", "check")).ShouldSucceed();
    }

    [Fact]
    public async Task An_installation_is_checked_line_by_line_and_the_exit_code_is_that_of_all()
    {
        using var box = new Sandbox();
        Outcome good = await box.ScriptAsync(Site + "hf app check ./notes --config conf/holdfast.yaml");
        good.ShouldSucceed().Lines.ShouldBe([$"notes {box.At("notes")}", $"  ok      {box.At("notes/notes.ini")}"]);

        Outcome bad = await box.ScriptAsync("""
            echo 'check: { files: [notes.ini, data], commands: [ { run: [sh, -c, "echo no mail >&2; exit 3"] }, { run: [tail, -f, /dev/null], timeout: 1s } ] }' > check
            sed -i '/^check:/d' conf/apps.d/notes.yaml; cat check >> conf/apps.d/notes.yaml
            hf app check notes www/blog --config conf/holdfast.yaml
            """);
        bad.ExitCode.ShouldBe(1);
        bad.Lines[..8].ShouldBe(
        [
            $"notes {box.At("notes")}",
            $"  ok      {box.At("notes/notes.ini")}",
            $"  failed  {box.At("notes/data")}: there is no such file or folder",
            "  failed  sh -c echo no mail >&2; exit 3: sh ended with exit status 3: no mail",
            "  failed  tail -f /dev/null: tail was not done after 1 seconds, and was ended; give it a longer timeout if it needs one",
            $"wordpress {box.At("www/blog")}",
            $"  ok      {box.At("www/blog/wp-config.php")}",
            $"  ok      {box.At("www/blog/wp-includes/version.php")}",
        ]);
        bad.Text.ShouldNotContain("very secret");

        Outcome json = await box.ScriptAsync("hf app check notes --config conf/holdfast.yaml --json");
        JsonNode one = JsonNode.Parse(json.Text)!.AsArray().Single()!;
        (json.ExitCode, (string?)one["recipe"], (string?)one["root"], (bool)one["is_good"]!).ShouldBe((1, "notes", box.At("notes"), false));
        one["checks"]!.AsArray().Select(c => ((string?)c!["kind"], (bool)c["is_passed"]!, (string?)c["problem"] is null)).ShouldBe(
            [("file", true, true), ("file", false, false), ("command", false, false), ("command", false, false)]);
    }

    [Fact]
    public async Task The_applications_of_the_plan_file_are_checked_and_one_that_is_gone_keeps_no_other_from_it()
    {
        using var box = new Sandbox();
        Outcome outcome = await box.ScriptAsync(Site + """
            printf 'plans:\n  n: { sources: [ app: { recipe: wordpress, path: ../gone }, app: { recipe: notes, path: ../notes } ] }\n  m: { sources: [ app: { recipe: notes, path: ../notes } ] }\n' > conf/holdfast.yaml
            hf app check --config conf/holdfast.yaml
            """);
        outcome.ExitCode.ShouldBe(1);
        outcome.Lines.ShouldBe([$"notes {box.At("notes")}", $"  ok      {box.At("notes/notes.ini")}"]);
        outcome.Error.ShouldBe($"holdfast: application gone: {box.At("gone")} has no wordpress: wp-config.php is not there, or not what it is to be\n");
        (await box.ScriptAsync("printf 'plans: { n: { sources: [ files: /etc ] } }' > conf/holdfast.yaml; hf app check --config conf/holdfast.yaml"))
            .ShouldRefuse(1, "no plan has an application: give the folder of one");
    }

    [Theory]
    [InlineData("check ./www", "is the folder of no application that a recipe knows")]
    [InlineData("check", "home/holdfast.yaml: name one with --config or give the folder of an application")]
    [InlineData("show wordpres", "there is no recipe wordpres")]
    [InlineData("show ./www", "is the folder of no application that a recipe knows")]
    [InlineData("detect missing", "missing is no folder")]
    [InlineData("detect --depth -1", "--depth is a number from 0 to 100")]
    public async Task Bad_input_is_refused(string arguments, string message)
    {
        using var box = new Sandbox();
        (await box.ScriptAsync(Site + "hf app " + arguments)).ShouldRefuse(1, message);
    }

    [Fact]
    public async Task A_recipe_that_is_wrong_is_said_with_line_and_column()
    {
        using var box = new Sandbox();
        Outcome outcome = await box.ScriptAsync(Site + "sed -i 's/find:/fnd:/' conf/apps.d/notes.yaml; hf app list --config conf/holdfast.yaml");
        outcome.ExitCode.ShouldBe(1);
        outcome.Error.ShouldContain(box.At("conf/apps.d/notes.yaml") + ":3:1: a recipe has no key 'fnd'; did you mean find?");
        outcome.Lines.Count(l => l.TrimEnd().EndsWith(" holdfast")).ShouldBe(6);
    }
}
