using Holdfast.Backend;
using Holdfast.Protocol;

namespace Holdfast.Plan.Tests;

public sealed class SourceTextTests
{
    [Fact]
    public void A_server_is_read_as_in_a_file()
    {
        MySqlEntry mysql = PlanFile.ReadSource("mysql:socket=/run/m.sock,user=backup,exclude=shop/sessions,exclude=a\\,b,databases=shop").ShouldBeOfType<MySqlEntry>();
        (mysql.Socket, mysql.User, mysql.Databases.Single()).ShouldBe(("/run/m.sock", "backup", "shop"));
        mysql.Exclude.ShouldBe(["shop/sessions", "a,b"]);
        PlanFile.ReadSource("postgresql").ShouldBeOfType<PostgreSqlEntry>().Host.ShouldBeNull();
        PlanFile.ReadSource("postgresql:host=/run/postgresql,port=5433").ShouldBeOfType<PostgreSqlEntry>().Port.ShouldBe(5433);
    }

    [Fact]
    public void Paths_are_read_as_in_a_file()
    {
        SqliteEntry sqlite = PlanFile.ReadSource("sqlite:path=/a/db,path=/b/*.db,check=false,timeout=5s").ShouldBeOfType<SqliteEntry>();
        sqlite.Paths.ShouldBe(["/a/db", "/b/*.db"]);
        (sqlite.Check, sqlite.Timeout).ShouldBe((false, TimeSpan.FromSeconds(5)));
        PlanFile.ReadSource("git:path=/srv/git/**").ShouldBeOfType<GitEntry>().Paths.ShouldBe(["/srv/git/**"]);
    }

    [Fact]
    public void A_MongoDB_server_is_read_as_in_a_file()
    {
        MongoDbEntry mongo = PlanFile.ReadSource("mongodb:host=db1,port=27018,user=backup,authentication-database=admin,password-file=/p,oplog=true,users=false,name=n").ShouldBeOfType<MongoDbEntry>();
        (mongo.Host, mongo.Port, mongo.User, mongo.AuthenticationDatabase, mongo.PasswordFile, mongo.Oplog, mongo.Users, mongo.Name).ShouldBe(("db1", 27018, "backup", "admin", "/p", true, false, "n"));
        PlanFile.ReadSource("mongodb:uri-file=/u").ShouldBeOfType<MongoDbEntry>().UriFile.ShouldBe("/u");
        MongoDbEntry plain = PlanFile.ReadSource("mongodb").ShouldBeOfType<MongoDbEntry>();
        (plain.Oplog, plain.Users).ShouldBe((false, true));
    }

    [Fact]
    public void A_command_is_a_name_and_words()
    {
        CommandEntry command = PlanFile.ReadSource("command:ldap.ldif=slapcat -n  1 -a a=b,c").ShouldBeOfType<CommandEntry>();
        command.Name.ShouldBe("ldap.ldif");
        command.Run.ShouldBe(["slapcat", "-n", "1", "-a", "a=b,c"]);
        PlanFile.ReadSource("fifo:x.sql=/run/x.fifo").ShouldBeOfType<FifoEntry>().Path.ShouldBe("/run/x.fifo");
    }

    [Theory]
    [InlineData("mysql:sockt=/x", ":1:7: mysql has no key 'sockt'; did you mean socket?")]
    [InlineData("mysql:user=a,port=x", ":1:19: port is a number")]
    [InlineData("mysql:user", ":1:7: 'user' is no KEY=VALUE")]
    [InlineData("mysql:user=a,,port=1", "'' is no KEY=VALUE")]
    [InlineData("oracle:x=y", ":1:1: there is no source 'oracle'")]
    [InlineData("sqlite:", ":1:8: sqlite needs paths")]
    [InlineData("git:paht=/a", ":1:5: git has no key 'paht'; did you mean path?")]
    [InlineData("command:slapcat", "a command is given as command:NAME=PROGRAM ARGUMENT…")]
    [InlineData("command:a=", "run is empty")]
    [InlineData("command:a/b=ls", "name becomes the name of a file")]
    [InlineData("fifo:=x", "a FIFO is given as fifo:NAME=PATH")]
    [InlineData("files:/etc", "files are given as paths, without --source")]
    [InlineData("", "there is no source ''")]
    public void What_is_wrong_is_said(string text, string message)
    {
        BackupException e = Should.Throw<BackupException>(() => PlanFile.ReadSource(text));
        (e.Kind, e.Message.StartsWith($"--source {text}", StringComparison.Ordinal)).ShouldBe((BackupErrorKind.Refused, true));
        e.Message.ShouldContain(message);
    }

    [Fact]
    public void Another_option_that_names_a_server_is_the_one_that_is_blamed() =>
        Should.Throw<BackupException>(() => PlanFile.ReadSource("mysql:user", "--to")).Message.ShouldBe("--to mysql:user:1:7: 'user' is no KEY=VALUE");
}
