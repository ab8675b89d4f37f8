using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Protocol;

namespace Holdfast.Plan.Tests;

public sealed class PlanFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void The_plan_of_the_issue_is_understood()
    {
        PlanDocument document = Load("""
            repository: /srv/backup
            plans:
              shop:
                sources:
                  - files: [/var/www, /etc]
                  - mysql: { socket: /run/mysqld/mysqld.sock, user: backup, password-file: /etc/holdfast/mysql.pw, exclude: [shop/sessions] }
                  - postgresql: { host: /run/postgresql, databases: [crm] }
                  - command: { name: ldap.ldif, run: [slapcat] }
            mirrors:
              shop-test: { from: shop, mysql: { database: shop, into: shop_test }, mask: mask.sql }
            """);
        document.Repository.ShouldBe("/srv/backup");
        PlanEntry plan = document.Plans.Single();
        plan.Name.ShouldBe("shop");
        plan.Sources.Count.ShouldBe(4);
        plan.Sources[0].ShouldBeOfType<FilesEntry>().Paths.ShouldBe(["/var/www", "/etc"]);
        MySqlEntry mysql = plan.Sources[1].ShouldBeOfType<MySqlEntry>();
        (mysql.Socket, mysql.User, mysql.PasswordFile, mysql.Place).ShouldBe(("/run/mysqld/mysqld.sock", "backup", "/etc/holdfast/mysql.pw", new Place(6, 9)));
        mysql.Exclude.ShouldBe(["shop/sessions"]);
        PostgreSqlEntry postgresql = plan.Sources[2].ShouldBeOfType<PostgreSqlEntry>();
        (postgresql.Host, postgresql.Databases.Single()).ShouldBe(("/run/postgresql", "crm"));
        CommandEntry command = plan.Sources[3].ShouldBeOfType<CommandEntry>();
        (command.Name, command.Run.Single(), command.ShrinkLimit, command.EndMarker, command.Timeout).ShouldBe(("ldap.ldif", "slapcat", 50, null, null));
        document.Mirrors.Single().ShouldBe(new("shop-test", "shop") { Mysql = new("shop", "shop_test"), Mask = _folder["mask.sql"] });
    }

    [Fact]
    public void Every_key_is_read()
    {
        PlanDocument document = Load("""
            repository: local:repo      # relative to the file
            password-file: secret/repo.pw
            plans:
              all:
                sources:
                  - files:
                      paths: [www, /srv/]
                      exclude: ['*.tmp', '!keep.tmp']
                      iexclude: '*.BAK'
                      exclude-caches: true
                      exclude-if-present: .nobackup
                      exclude-larger-than: 2G
                      one-file-system: true
                      read-fifos: true
                      fifo-timeout: 1m30s
                  - mysql: { name: a, host: db1, port: 3307 }
                  - mysql: { name: b, socket: run/b.sock }
                  - postgresql:
                  - sqlite: { path: db.sqlite, paths: ['/srv/**/*.db'], check: false, timeout: 2m }
                  - git: /srv/git/**
                  - command: { name: d.sql, run: [sh, -c, 'echo "a b"'], end-marker: '-- done', shrink-limit: 12.5 %, timeout: 2h }
                  - fifo: { path: in.fifo, timeout: 5s, shrink-limit: 0 }
                may-go: ['shop/tmp_*', /srv/git/**]
            """);
        document.Plans.Single().MayGo.ShouldBe(["shop/tmp_*", "/srv/git/**"]);
        document.Repository.ShouldBe(_folder["repo"]);
        document.PasswordFile.ShouldBe(_folder["secret/repo.pw"]);
        IReadOnlyList<SourceEntry> sources = document.Plans.Single().Sources;
        FilesEntry files = sources[0].ShouldBeOfType<FilesEntry>();
        files.Paths.ShouldBe([_folder["www"], "/srv"]);
        files.Exclude.ShouldBe(["*.tmp", "!keep.tmp"]);
        (files.Iexclude.Single(), files.ExcludeCaches, files.ExcludeIfPresent.Single(), files.ExcludeLargerThan, files.OneFileSystem, files.ReadFifos, files.FifoTimeout)
            .ShouldBe(("*.BAK", true, ".nobackup", 2L << 30, true, true, TimeSpan.FromSeconds(90)));
        (((MySqlEntry)sources[1]).Port, ((MySqlEntry)sources[2]).Socket, ((PostgreSqlEntry)sources[3]).Host).ShouldBe((3307, _folder["run/b.sock"], null));
        CommandEntry command = sources[6].ShouldBeOfType<CommandEntry>();
        SqliteEntry sqlite = sources[4].ShouldBeOfType<SqliteEntry>();
        sqlite.Paths.ShouldBe([_folder["db.sqlite"], "/srv/**/*.db"]);
        (sqlite.Check, sqlite.Timeout).ShouldBe((false, TimeSpan.FromMinutes(2)));
        GitEntry git = sources[5].ShouldBeOfType<GitEntry>();
        (git.Paths.Single(), git.Check).ShouldBe(("/srv/git/**", true));
        command.Run.ShouldBe(["sh", "-c", "echo \"a b\""]);
        (command.EndMarker, command.ShrinkLimit, command.Timeout).ShouldBe(("-- done", 12.5, TimeSpan.FromHours(2)));
        sources[7].ShouldBe(new FifoEntry { Name = "in.fifo", Path = _folder["in.fifo"], Timeout = TimeSpan.FromSeconds(5), ShrinkLimit = 0, Place = new(22, 9) });
    }

    [Theory]
    [InlineData("", 1, 1, "a plan file has `plans:` with at least one plan in it")]
    [InlineData("- a", 1, 1, "a plan file has `plans:`")]
    [InlineData("repository: /r", 1, 1, "a plan file needs plans")]
    [InlineData("plans:", 1, 7, "plans is a mapping of names, with at least one in it, and not nothing")]
    [InlineData("plans: {}", 1, 8, "plans is a mapping of names")]
    [InlineData("plans:\n  a:", 2, 5, "plan a is a mapping with `sources:`, and not nothing")]
    [InlineData("plans:\n  a: { }", 2, 6, "plan a needs sources")]
    [InlineData("plans:\n  a: { sources: [] }", 2, 17, "plan a has no sources")]
    [InlineData("plans:\n  a: { sources: /etc }", 2, 17, "sources is a list, each entry with a dash before it, and not '/etc'")]
    [InlineData("plans:\n  a: { sources: [ files: /etc ], may-go: [x, '**'] }", 2, 42, "may-go has '**', which fits everything: then no run would miss anything")]
    [InlineData("plans:\n  a: { sources: [ files: /etc ], may-go: 'x/[a' }", 2, 42, "may-go has 'x/[a', which is malformed: a [ without its ]")]
    [InlineData("plans:\n  a/b: { sources: [ files: /etc ] }", 2, 3, "'a/b' is no name of a plan")]
    [InlineData("plans:\n  holdfast-pin: { sources: [ files: /etc ] }", 2, 3, "names that begin with holdfast-")]
    [InlineData("plans:\n  a: { sources: [ files: /etc ] }\n  a: { sources: [ files: /usr ] }", 3, 3, "a is given a second time")]
    [InlineData("repo: /r\nplans:\n  a: { sources: [ files: /etc ] }", 1, 1, "a plan file has no key 'repo': allowed are repository, password-file, plans, mirrors")]
    [InlineData("plans:\n  a: { source: [ files: /etc ] }", 2, 8, "plan a has no key 'source'; did you mean sources? Allowed are sources, may-go")]
    [InlineData("plans:\n  a:\n    sources:\n      - mysq: {}", 4, 9, "there is no source 'mysq'; did you mean mysql?")]
    [InlineData("plans:\n  a:\n    sources:\n      - oracle: {}", 4, 9, "there is no source 'oracle': it is one of files, mysql, postgresql, mongodb, sqlite, git, command, fifo")]
    [InlineData("plans:\n  a:\n    sources:\n      - mongodb: { uri-file: /u, user: b }", 4, 40, "mongodb has a uri-file, or user, and not both")]
    [InlineData("plans:\n  a:\n    sources:\n      - mongodb: { uri: 'mongodb://h' }", 4, 20, "mongodb has no key 'uri'")]
    [InlineData("plans:\n  a:\n    sources:\n      - mongodb: { oplog: 1 }", 4, 27, "oplog is true or false")]
    [InlineData("plans:\n  a:\n    sources:\n      - mongodb:\n      - mongodb: { name: b }", 5, 9, "as the source in line 4: give each a `name` of its own")]
    [InlineData("plans:\n  a:\n    sources:\n      - /etc", 4, 9, "a source is one of files, mysql, postgresql, mongodb, sqlite, git, command, fifo, app with a value behind it, and not '/etc'")]
    [InlineData("plans:\n  a:\n    sources:\n      - files: /etc\n        exclude: x", 5, 9, "a source has one key, its kind: 'exclude' belongs inside")]
    [InlineData("plans:\n  a:\n    sources:\n      - files: []", 4, 16, "paths is empty")]
    [InlineData("plans:\n  a:\n    sources:\n      - files:", 4, 15, "paths is a list of texts, and not nothing")]
    [InlineData("plans:\n  a:\n    sources:\n      - files: { paths: [/a, [/b]] }", 4, 30, "paths is a list of texts, and not a list")]
    [InlineData("plans:\n  a:\n    sources:\n      - files: { exclude: '*' }", 4, 16, "files needs paths")]
    [InlineData("plans:\n  a:\n    sources:\n      - files: { paths: /a, exclude: 'a[' }", 4, 38, "the pattern 'a[' is malformed")]
    [InlineData("plans:\n  a:\n    sources:\n      - files: { paths: /a, exclude-if-present: 'a/b' }", 4, 49, "'a/b' names no file")]
    [InlineData("plans:\n  a:\n    sources:\n      - files: { paths: /a, one-file-system: yes }", 4, 46, "one-file-system is true or false, and not 'yes'")]
    [InlineData("plans:\n  a:\n    sources:\n      - files: { paths: /a, exclude-larger-than: 2X }", 4, 50, "exclude-larger-than is a size such as 500K, 100M or 2G, and not '2X'")]
    [InlineData("plans:\n  a:\n    sources:\n      - files: { paths: /a, fifo-timeout: 5 }", 4, 43, "fifo-timeout is a time such as 30s, 5m or 1h30m, of at most 100 days, and not '5'")]
    [InlineData("plans:\n  a:\n    sources:\n      - files: /a\n      - files: /b", 5, 9, "this would lie at the same place in the snapshot as the source in line 4: name all paths in one entry `files`")]
    [InlineData("plans:\n  a:\n    sources:\n      - mysql:\n      - mysql: { name: b }", 5, 9, "as the source in line 4: give each a `name` of its own")]
    [InlineData("plans:\n  a:\n    sources:\n      - command: { name: x, run: [a] }\n      - fifo: { name: x, path: /f }", 5, 9, "as the source in line 4")]
    [InlineData("plans:\n  a:\n    sources:\n      - mysql: { port: 0 }", 4, 24, "port is a number from 1 to 65535, and not '0'")]
    [InlineData("plans:\n  a:\n    sources:\n      - mysql: { port: 3307 }", 4, 24, "a port goes with a host")]
    [InlineData("plans:\n  a:\n    sources:\n      - mysql: { socket: /s, host: h }", 4, 26, "mysql has a socket, or a host with a port, and not both")]
    [InlineData("plans:\n  a:\n    sources:\n      - mysql: { user: }", 4, 24, "user is a text, and not nothing")]
    [InlineData("plans:\n  a:\n    sources:\n      - mysql: { passwordfile: /p }", 4, 18, "did you mean password-file?")]
    [InlineData("plans:\n  a:\n    sources:\n      - mysql: { user: a, user: b }", 4, 27, "user is given a second time: mysql has it once")]
    [InlineData("plans:\n  a:\n    sources:\n      - mysql: local", 4, 16, "mysql is a mapping of name, socket")]
    [InlineData("plans:\n  a:\n    sources:\n      - postgresql: { socket: /s }", 4, 23, "postgresql has no key 'socket'")]
    [InlineData("plans:\n  a:\n    sources:\n      - sqlite:", 4, 16, "paths is a list of texts, and not nothing")]
    [InlineData("plans:\n  a:\n    sources:\n      - sqlite: { check: false }", 4, 17, "sqlite needs paths")]
    [InlineData("plans:\n  a:\n    sources:\n      - sqlite: { file: /a }", 4, 19, "sqlite has no key 'file'")]
    [InlineData("plans:\n  a:\n    sources:\n      - sqlite: { path: /a, check: yes }", 4, 36, "check is true or false, and not 'yes'")]
    [InlineData("plans:\n  a:\n    sources:\n      - sqlite: { path: '/a/[' }", 4, 25, "the pattern '/a/[' is malformed")]
    [InlineData("plans:\n  a:\n    sources:\n      - sqlite: /a\n      - sqlite: /b", 5, 9, "name all paths in one entry `sqlite`")]
    [InlineData("plans:\n  a:\n    sources:\n      - git: { paths: /a, timeout: 5s }", 4, 27, "git has no key 'timeout'")]
    [InlineData("plans:\n  a:\n    sources:\n      - git: /a\n      - git: /b", 5, 9, "name all paths in one entry `git`")]
    [InlineData("plans:\n  a:\n    sources:\n      - command: { run: [a] }", 4, 18, "command needs name, that of the file")]
    [InlineData("plans:\n  a:\n    sources:\n      - command: { name: a }", 4, 18, "command needs run, the program and its arguments as a list")]
    [InlineData("plans:\n  a:\n    sources:\n      - command: { name: a/b, run: [a] }", 4, 26, "name becomes the name of a file: 'a/b' cannot be one")]
    [InlineData("plans:\n  a:\n    sources:\n      - command: { name: a, run: [a], shrink-limit: 120 }", 4, 53, "shrink-limit is a share from 0 to 100, such as 50%, and not '120'")]
    [InlineData("plans:\n  a:\n    sources:\n      - fifo: { name: a }", 4, 15, "fifo needs path")]
    [InlineData("plans:\n  a: { sources: [ files: /etc ] }\nmirrors:\n  m: { from: b, mysql: { database: a, into: b } }", 4, 14, "there is no plan 'b'")]
    [InlineData("plans:\n  a: { sources: [ files: /etc ] }\nmirrors:\n  m: { from: a }", 4, 6, "mirror m needs one of mysql and postgresql")]
    [InlineData("plans:\n  a: { sources: [ files: /etc ] }\nmirrors:\n  m: { from: a, mysql: { into: b } }", 4, 24, "mysql needs database")]
    [InlineData("plans:\n  a: { sources: [ files: /etc ] }\nmirrors:\n  m: { from: a, mysql: { database: a, into: b, port: 3307 } }", 4, 54, "a port goes with a host")]
    [InlineData("plans:\n  a: { sources: [ files: /etc ] }\nmirrors:\n  m: { from: a, mysql: { database: a, into: b, socket: /s, host: h } }", 4, 56, "mysql has a socket, or a host with a port, and not both")]
    [InlineData("plans:\n  a: { sources: [ files: /etc ] }\nmirrors:\n  m: { from: a, mysql: { database: a, into: c } }\n  n: { from: a, mysql: { database: b, into: c } }", 5, 45, "mirror m in line 4 replaces c on this server already")]
    [InlineData("plans:\n  a: { sources: [ files: /etc ] }\nmirrors:\n  m: { from: a, postgresql: { database: a, into: c, host: /run } }\n  n: { from: a, postgresql: { database: b, into: c, host: /run, port: 5432 } }", 5, 50, "mirror m in line 4 replaces c on this server already")]
    [InlineData("plans:\n\ta: 1", 1, 1, "this is no YAML: ")]
    [InlineData("plans: [a", 2, 1, "this is no YAML: ")]
    [InlineData("plans: &x { a: *x }", 1, 16, "anchors and aliases have no place")]
    [InlineData("plans:\n  a: { sources: [ files: /etc ] }\n---\nplans: {}", 3, 1, "a second document begins here")]
    [InlineData("? [a]\n: b", 1, 3, "a key is a word, and not a list")]
    public void What_is_wrong_is_said_with_its_place(string text, int line, int column, string message)
    {
        PlanReading reading = PlanFile.Read(Write(text));
        reading.Document.ShouldBeNull();
        string all = string.Join('\n', reading.Problems);
        PlanProblem problem = reading.Problems.FirstOrDefault(p => p.Message.Contains(message)).ShouldNotBeNull(all);
        (problem.Place.Line, problem.Place.Column).ShouldBe((line, column), problem.ToString());
        problem.ToString().ShouldStartWith($"{_folder["plan.yaml"]}:{line}:{column}: ");
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once_in_the_order_of_the_file()
    {
        PlanReading reading = PlanFile.Read(Write("""
            plan: {}
            plans:
              a:
                sources:
                  - mysql: { port: x }
                  - files: { paths: /etc, one-file-system: 1 }
            """));
        reading.Problems.Select(p => p.Place.Line).ShouldBe([1, 5, 6]);
        Should.Throw<BackupException>(() => PlanFile.Load(_folder["plan.yaml"])).Message.ShouldEndWith("; and 2 more, see `holdfast config check`");
    }

    [Fact]
    public void Deep_brackets_end_in_a_problem_and_not_the_program() =>
        PlanFile.Read(Write(new string('[', 5000))).Problems.ShouldHaveSingleItem().Message.ShouldContain("this is no YAML");

    [Fact]
    public void A_file_that_cannot_be_read_is_named()
    {
        Refusal(_folder["missing.yaml"]).ShouldBe($"the plan file {_folder["missing.yaml"]} cannot be read: there is no such file");
        Refusal(_folder.Path).ShouldContain("cannot be read");
        File.WriteAllBytes(_folder["bytes.yaml"], [0xFF, 0xFE, 0x80, 0x81, 0x20, 0xC3, 0x28]);
        Refusal(_folder["bytes.yaml"]).ShouldContain("bytes.yaml");
        File.WriteAllText(_folder["large.yaml"], new string('#', 2 << 20));
        Refusal(_folder["large.yaml"]).ShouldContain("larger than 1 MiB");
    }

    [Fact]
    public void A_file_that_others_can_change_is_refused()
    {
        string file = Write("plans: {}");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        Refusal(file).ShouldBe($"{file} can be changed by others, and its commands are run: chmod o-w {file}");
    }

    [Fact]
    public void What_is_shown_is_a_plan_file_that_means_the_same()
    {
        PlanDocument document = Load("""
            repository: sftp:user@host:/backup
            plans:
              one:
                sources:
                  - files: { paths: ["/a b", "/c: d", /e], exclude: ["true", "- x"], exclude-larger-than: 1K }
                  - mysql:
                  - command: { name: "1", run: [sh, -c, "a\n\"b\"\t#"], timeout: 2m, end-marker: "é" }
                  - fifo: { path: /f }
              two.3: { sources: [ files: /etc ] }
            mirrors:
              m: { from: one, mysql: { database: a, into: b, source: s, host: h, port: 3306, password-file: p }, mask: m.sql }
            """);
        string text = PlanText.Write(document);
        PlanText.Write(Load(text)).ShouldBe(text);
        text.ShouldContain("  two.3:\n    sources:\n      - files:\n          paths: [/etc]\n          exclude-caches: false\n          one-file-system: false\n          read-fifos: false\n          fifo-timeout: 60s\n");
        text.ShouldContain("      - mysql: {}\n");
        text.ShouldContain("run: [sh, -c, \"a\\n\\\"b\\\"\\t#\"]".Replace("-c", "\"-c\""));
        text.ShouldContain("repository: \"sftp:user@host:/backup\"\n");
    }

    public void Dispose() => _folder.Dispose();

    private PlanDocument Load(string text) => PlanFile.Load(Write(text));

    private string Write(string text)
    {
        File.WriteAllText(_folder["plan.yaml"], text);
        return _folder["plan.yaml"];
    }

    private static string Refusal(string file)
    {
        BackupException e = Should.Throw<BackupException>(() => PlanFile.Load(file));
        e.Kind.ShouldBe(BackupErrorKind.Refused);
        return e.Message;
    }
}
