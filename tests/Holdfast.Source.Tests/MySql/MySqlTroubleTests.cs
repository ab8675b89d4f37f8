using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

/// <summary>Whatever goes wrong, there is a reason and no snapshot.</summary>
[Collection(nameof(MySqlCollection))]
public sealed class MySqlTroubleTests(MySqlServers servers) : IAsyncLifetime
{
    private readonly TempFolder _folder = new();

    private MariaDb Server => servers.Source;

    public async ValueTask InitializeAsync() => await Server.ResetAsync();

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return default;
    }

    [Fact]
    public async Task A_server_that_is_down_is_named() =>
        await FailsAsync(new() { Socket = _folder["no-socket"], User = "root" }, $"the server at {_folder["no-socket"]} cannot be asked:");

    [Fact]
    public async Task A_wrong_password_is_said_to_be_wrong()
    {
        await Server.RunAsync("CREATE USER x@localhost IDENTIFIED BY 'it''s \"right\" \\\\ #1'");
        await FailsAsync(Server.Options with { User = "x", PasswordFile = Server.PasswordFile("wrong") }, "Access denied for user 'x'@'localhost'");
        await FailsAsync(Server.Options with { User = "x", PasswordFile = Server.PasswordFile("it's \"right\" \\ #1") }, "the account lacks SELECT on *.*");
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupWrite)]
    public async Task A_password_that_others_can_read_is_refused(UnixFileMode mode)
    {
        string file = Server.PasswordFile("x");
        File.SetUnixFileMode(file, mode);
        await FailsAsync(Server.Options with { PasswordFile = file }, $"the password file {file} can be read or changed by others: chmod 600 {file}");
    }

    [Fact]
    public async Task A_password_file_that_is_not_there_or_empty_is_named()
    {
        await FailsAsync(Server.Options with { PasswordFile = _folder["none"] }, $"the password cannot be read from {_folder["none"]}");
        await FailsAsync(Server.Options with { PasswordFile = Server.PasswordFile(string.Empty) }, "is empty; its first line is to be the password");
    }

    [Theory]
    [InlineData("SELECT", "tables and their rows")]
    [InlineData("SHOW VIEW", "views")]
    [InlineData("TRIGGER", "triggers")]
    [InlineData("EVENT", "events")]
    public async Task A_missing_right_is_named_with_the_statement_that_grants_it(string right, string what)
    {
        await Server.RunAsync($"CREATE USER `b_`@localhost IDENTIFIED BY 'x'; GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON *.* TO `b_`@localhost; REVOKE {right} ON *.* FROM `b_`@localhost");
        MySqlOptions options = Server.Options with { User = "b_", PasswordFile = Server.PasswordFile("x") };
        string grant = $"GRANT {right} ON *.* TO `b_`@`localhost`;";
        await FailsAsync(options, $"the account lacks {right} on *.*, without which {what} would be missing; run: {grant}");

        RightListing missing = (await new MySqlServer(options).TestAsync(TestContext.Current.CancellationToken)).Single(r => r.IsMissing);
        missing.ShouldBe(new($"{right} on *.*", what, grant));
        await Server.RunAsync(missing.Grant!);
        (await new MySqlServer(options).TestAsync(TestContext.Current.CancellationToken)).ShouldAllBe(r => !r.IsMissing);
    }

    [Fact]
    public async Task A_function_that_a_view_calls_may_need_a_grant_of_its_own()
    {
        await Server.RunAsync("""
            CREATE DATABASE d; USE d; CREATE FUNCTION `plus``one` (x INT) RETURNS INT DETERMINISTIC RETURN x + 1; CREATE SQL SECURITY INVOKER VIEW v AS SELECT `plus``one`(1);
            CREATE VIEW as_definer AS SELECT `plus``one`(1); CREATE USER b@localhost; GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON *.* TO b@localhost;
            """);
        MySqlOptions options = Server.Options with { User = "b" };
        string grant = "GRANT EXECUTE ON FUNCTION `d`.`plus``one` TO `b`@`localhost`;";
        await FailsAsync(options, $"the account lacks EXECUTE on function d.plus`one, without which the views that call it would be missing; run: {grant}");

        await Server.RunAsync((await new MySqlServer(options).TestAsync(TestContext.Current.CancellationToken)).Single(r => r.IsMissing).Grant!);
        (await new MySqlServer(options).TestAsync(TestContext.Current.CancellationToken)).ShouldAllBe(r => !r.IsMissing);
    }

    [Fact]
    public async Task All_rights_that_are_missing_are_named_at_once_with_a_statement_for_each_thing_they_are_on()
    {
        await Server.RunAsync("""
            CREATE DATABASE d; USE d; CREATE FUNCTION one () RETURNS INT NO SQL RETURN 1; CREATE FUNCTION two () RETURNS INT NO SQL RETURN 2; CREATE FUNCTION three () RETURNS INT NO SQL RETURN 3;
            CREATE SQL SECURITY INVOKER VIEW a AS SELECT one(); CREATE SQL SECURITY INVOKER VIEW b AS SELECT two(); CREATE SQL SECURITY INVOKER VIEW c AS SELECT three(); CREATE SQL SECURITY INVOKER VIEW e AS SELECT one();
            CREATE USER b@localhost; GRANT SELECT, SHOW VIEW ON *.* TO b@localhost; GRANT EXECUTE ON FUNCTION d.two TO b@localhost;
            """);
        const string Grants = "\n  GRANT TRIGGER, EVENT ON *.* TO `b`@`localhost`;\n  GRANT EXECUTE ON FUNCTION `d`.`one` TO `b`@`localhost`;\n  GRANT EXECUTE ON FUNCTION `d`.`three` TO `b`@`localhost`;";
        MySqlOptions options = Server.Options with { User = "b" };
        await FailsAsync(
            options,
            $"the account lacks TRIGGER on *.*, EVENT on *.*, EXECUTE on function d.one, EXECUTE on function d.three, without which triggers, events, the views that call it would be missing; run:{Grants}");

        await Server.RunAsync(Grants);
        (await new MySqlServer(options).TestAsync(TestContext.Current.CancellationToken)).ShouldAllBe(r => !r.IsMissing);
    }

    [Fact]
    public async Task What_counts_is_the_closest_pattern_as_for_the_server()
    {
        await Server.RunAsync("""
            CREATE DATABASE shop_1; CREATE TABLE shop_1.t (a INT); CREATE VIEW shop_1.v AS SELECT a FROM shop_1.t; CREATE USER b@localhost; GRANT SELECT ON mysql.* TO b@localhost;
            GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `shop%`.* TO b@localhost; GRANT SELECT ON `shop\_1`.* TO b@localhost; GRANT EVENT ON `%`.* TO b@localhost;
            """);
        MySqlOptions options = Server.Options with { User = "b", Databases = ["shop_1"] };

        // As the server has it: the name itself hides what is granted on the patterns.
        (await Should.ThrowAsync<BackupException>(() => new MySqlServer(options).QueryAsync("shop_1", "SHOW CREATE VIEW v", TestContext.Current.CancellationToken))).Message.ShouldContain("SHOW VIEW command denied");
        await FailsAsync(options, "run: GRANT SHOW VIEW, TRIGGER, EVENT ON `shop\\_1`.* TO `b`@`localhost`;");
        await Server.RunAsync("GRANT SHOW VIEW, TRIGGER, EVENT ON `shop\\_1`.* TO `b`@`localhost`;");
        (await new MySqlServer(options).TestAsync(TestContext.Current.CancellationToken)).ShouldAllBe(r => !r.IsMissing);
        await new MySqlServer(options).QueryAsync("shop_1", "SHOW CREATE VIEW v", TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("abc", "abc a%", "abc")]
    [InlineData("a_c", "a\\_c a_c a%", "a\\_c")]
    [InlineData("abc", "a_c a%c abc% %", "a_c abc%")] // MariaDB takes the first, MySQL the other
    [InlineData("abcd", "a% ab% %", "ab%")]
    [InlineData("abc", "a%c a%", "a%c a%")]
    [InlineData("abc", "%", "%")]
    public void Of_several_patterns_the_closest_is_found(string name, string patterns, string closest)
    {
        patterns.Split(' ').ShouldAllBe(p => MySqlPattern.IsLike(name, p));
        MySqlPattern.Closest(patterns.Split(' ')).ShouldBe(closest.Split(' '));
    }

    [Fact]
    public async Task What_is_to_be_left_out_and_is_not_there_is_noted()
    {
        await Server.RunAsync("CREATE DATABASE shop; CREATE TABLE shop.sessions (a INT); CREATE TABLE shop.`a/b` (a INT); CREATE SEQUENCE shop.numbers; CREATE DATABASE old; CREATE TABLE old.t (a INT)");
        await using SourceBench bench = await SourceBench.CreateAsync();
        MySqlOptions options = Server.Options with { Exclude = ["shop/sesions", "shop/sessions", "shop/numbers", "shop/a%2Fb", "old", "old/gone", "shopp", "shopp/t"], Mirrored = ["shop_test"] };
        await bench.CaptureAsync(new MySqlSource(options));
        bench.Notes.ShouldBe([
            $"mysql {Server.Socket}: there is no table shop/sesions, which is to be left out", $"mysql {Server.Socket}: there is no database shopp, which is to be left out",
            $"mysql {Server.Socket}: there is no table shopp/t, which is to be left out",
        ]);
    }

    [Fact]
    public async Task A_test_says_that_a_database_is_not_there()
    {
        await Server.RunAsync("CREATE DATABASE d; CREATE USER b@localhost; GRANT SELECT ON mysql.* TO b@localhost");
        (await Should.ThrowAsync<BackupException>(() => new MySqlServer(Server.Options with { Databases = ["d", "none", "nor"] }).TestAsync(TestContext.Current.CancellationToken))).Message
            .ShouldBe($"mysql {Server.Socket}: there is no database none, nor; take it out of the plan if that is meant");

        // Without rights on it, an account cannot know: those are what it needs first.
        (await new MySqlServer(Server.Options with { User = "b", Databases = ["d"] }).TestAsync(TestContext.Current.CancellationToken)).Count(r => r.IsMissing).ShouldBe(4);
    }

    [Fact]
    public async Task A_dump_tool_that_is_absent_older_or_ends_early_is_named()
    {
        await Server.RunAsync("CREATE DATABASE d");
        await FailsAsync(Server.Options with { DumpProgram = "no-such-dump" }, "no-such-dump is not there; install the package mariadb-client");
        await FailsAsync(Server.Options with { DumpProgram = Script("echo 'mariadb-dump  Ver 10.19 Distrib 10.5.1-MariaDB, for x'") }, "is of version 10.5.1, the server of 10.11.");
        await FailsAsync(Server.Options with { DumpProgram = Script($"{Version}; echo 'CREATE DATABASE `d`;'") }, "ended without saying that the dump is complete");
        await FailsAsync(Server.Options with { DumpProgram = Script($"{Version}; echo '-- Dump completed'") }, "database d is on the server and did not come in the dump");
    }

    [Theory]
    [InlineData("DROP TABLE shop.zz", "Couldn't execute")]
    [InlineData("ALTER TABLE shop.zz ADD COLUMN c INT DEFAULT 5", "table shop/zz was altered during the dump; run the backup again")]
    [InlineData("ALTER TABLE shop.zz ENGINE=InnoDB", "Table definition has changed")]
    [InlineData("TRUNCATE TABLE shop.zz", "Table definition has changed")]
    [InlineData("RENAME TABLE shop.zz TO shop.zzz", "Couldn't execute")]
    [InlineData("DROP PROCEDURE shop.p", "procedure shop/p was removed during the dump; run the backup again")]
    [InlineData("KILL", "Lost connection to server during query")]
    public async Task A_table_that_changes_its_shape_or_a_connection_that_breaks_halfway_fails_the_run(string sql, string message)
    {
        await Server.RunAsync("""
            CREATE DATABASE shop; USE shop; CREATE TABLE aa (id INT PRIMARY KEY, t TEXT); INSERT INTO aa SELECT seq, REPEAT('x', 1000) FROM seq_1_to_20000;
            CREATE TABLE zz (id INT PRIMARY KEY); INSERT INTO zz SELECT seq FROM seq_1_to_1000; CREATE PROCEDURE p () SELECT 1;
            """);
        string statement = sql == "KILL"
            ? "SELECT CONCAT('KILL ', id, ';') INTO @k FROM information_schema.processlist WHERE info LIKE '%aa%' AND id <> CONNECTION_ID(); EXECUTE IMMEDIATE @k"
            : sql;
        string halfway = Script($"{Version}; set -o pipefail; mariadb-dump \"$@\" | {{ head -c 2000000; mariadb --no-defaults -uroot -S {Server.Socket} -e \"{statement}\" >&2; cat; }}");
        await FailsAsync(Server.Options with { DumpProgram = halfway }, message);
    }

    [Fact]
    public async Task What_the_dump_tool_cannot_dump_is_named()
    {
        await Server.RunAsync("CREATE DATABASE d; USE d; CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a FROM t; DROP TABLE t");
        await FailsAsync(Server.Options, "View 'd.v' references invalid table(s)");
        await Server.RunAsync("DROP VIEW d.v; USE d; CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT ';;'");
        await FailsAsync(Server.Options, "event d/e has two semicolons in a row, at which the dump tool would never end; change it by ALTER EVENT");
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_named() =>
        await FailsAsync(Server.Options with { Databases = ["none"] }, "there is no database none; take it out of the plan if that is meant");

    [Fact]
    public void Options_that_contradict_each_other_are_refused()
    {
        Should.Throw<ArgumentException>(() => new MySqlSource(new() { Socket = "/s", Host = "h" }));
        Should.Throw<ArgumentException>(() => new MySqlSource(new() { Port = 3306 }));
        Should.Throw<ArgumentException>(() => new MySqlSource(new() { Name = "a/b" }));
        Should.Throw<ArgumentException>(() => new MySqlSource(new() { Databases = ["mysql"] }));
    }

    private static string Version => "if [ \"$1\" = --version ]; then exec mariadb-dump --version; fi";

    private string Script(string text)
    {
        string path = _folder[$"dump-{Guid.NewGuid():n}"];
        File.WriteAllText(path, $"#!/bin/bash\n{text}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }

    private static async Task FailsAsync(MySqlOptions options, string message)
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupException failure = await Should.ThrowAsync<BackupException>(() => bench.CaptureAsync(new MySqlSource(options)));
        failure.Message.ShouldContain(message);
        failure.Kind.ShouldBe(BackupErrorKind.Source);
        (await bench.CountSnapshotsAsync()).ShouldBe(0);
    }
}
