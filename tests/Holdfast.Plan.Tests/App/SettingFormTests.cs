namespace Holdfast.Plan.Tests.App;

public sealed class SettingFormTests
{
    private const string Ini = """
        WORK_PATH = /var/lib/gitea
        ; [database]
        [database]
        # PASSWD = old
        DB_TYPE  = mysql
        PASSWD   = `a;b#c`
        USER = "gitea" ; comment
        EMPTY =
        HASH = a#b #comment
        FROM = %(work)s/x
        [Trac]
        Database = old
        database: postgres://trac:a%40b@localhost/trac?schema=x
        """;

    [Theory]
    [InlineData("WORK_PATH", "/var/lib/gitea")]
    [InlineData("database/DB_TYPE", "mysql")]
    [InlineData("database/PASSWD", "a;b#c")]
    [InlineData("database/USER", "gitea")]
    [InlineData("database/EMPTY", "")]
    [InlineData("database/HASH", "a#b")]
    [InlineData("trac/database", "postgres://trac:a%40b@localhost/trac?schema=x")]
    [InlineData("database/WORK_PATH", null)]
    [InlineData("nothing/at_all", null)]
    public void Settings_below_sections_are_read(string path, string? expected) => IniText.Find(Ini.Replace("\n", "\r\n"), path).ShouldBe(new SettingValue(expected));

    [Fact]
    public void What_an_ini_file_leaves_to_its_application_is_named()
    {
        IniText.Find(Ini, "database/FROM").Trouble.ShouldBe("has %(…) in line 10, which only the application can evaluate");
        IniText.Find("a = `b", "a").Trouble.ShouldBe("has no closing ` in line 1");
    }

    [Fact]
    public void Settings_in_yaml_and_json_are_found_by_their_keys()
    {
        TreeText.FindInYaml("a: { b: [1], c: 'x', d: ~ }", "a/c").Text.ShouldBe("x");
        TreeText.FindInYaml("a: { b: [1], c: 'x', d: ~ }", "a").Text.ShouldBe("b,c,d");
        TreeText.FindInYaml("a: { d: ~ }", "a/d").IsMissing.ShouldBeTrue();
        TreeText.FindInYaml("a: [", "a").Trouble.ShouldNotBeNull().ShouldContain("cannot be read");
        TreeText.FindInJson("{ \"a\": { \"b\": 5, \"c\": \"x\" } } // end", "a/b").Text.ShouldBe("5");
        TreeText.FindInJson("{ \"a\": { \"c\": \"x\" } }", "a/c/d").IsMissing.ShouldBeTrue();
        TreeText.FindInJson("{ \"a\": \"\\ud800\" }", "a").Trouble.ShouldNotBeNull().ShouldContain("no text that JSON may have");
        TreeText.FindInJson("{", "a").Trouble.ShouldNotBeNull().ShouldContain("this is no JSON in line 1");
    }

    [Theory]
    [InlineData("localhost", null, null, null)]
    [InlineData("localhost:3306", null, null, null)]
    [InlineData("localhost:/run/mysqld/mysqld.sock", "/run/mysqld/mysqld.sock", null, null)]
    [InlineData(":/tmp/s", "/tmp/s", null, null)]
    [InlineData("/tmp/s", "/tmp/s", null, null)]
    [InlineData("127.0.0.1", null, "127.0.0.1", null)]
    [InlineData("db.example.org:3307", null, "db.example.org", 3307)]
    [InlineData("p:db", null, "db", null)]
    [InlineData("[::1]:3307", null, "::1", 3307)]
    [InlineData("::1", null, "::1", null)]
    [InlineData("", null, null, null)]
    public void An_address_of_PHP_is_socket_or_host(string text, string? path, string? host, int? port) => DatabaseAddress.OfPhp(text).ShouldBe(new(path, host, port));

    [Theory]
    [InlineData("localhost:5433", null, "localhost", 5433)]
    [InlineData("/var/run/postgresql", "/var/run/postgresql", null, null)]
    [InlineData("db", null, "db", null)]
    public void Any_other_address_is_taken_at_its_word(string text, string? path, string? host, int? port) => DatabaseAddress.Of(text).ShouldBe(new(path, host, port));

    [Fact]
    public void A_port_that_is_none_is_said() => Should.Throw<FormatException>(() => DatabaseAddress.Of("db:port")).Message.ShouldBe("'port' is no port");
}
