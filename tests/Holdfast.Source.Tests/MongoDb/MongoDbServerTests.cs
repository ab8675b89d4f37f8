using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

/// <summary>What is made of the beginning of a dump; a script stands in for the tool, as it is not in Debian.</summary>
public sealed class MongoDbServerTests
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string Plain = """{"options":{},"indexes":[]}""";
    private const string View = """{"options":{"viewOn":"orders","pipeline":[]},"indexes":[]}""";
    private const string Grant = """db.getSiblingDB("admin").grantRolesToUser("back\u0022up", [{ role: "backup", db: "admin" }])""";

    /// <summary>As the tool when somebody has stopped reading: it waits, and has no end of its own.</summary>
    private const string Endless = "cat $here/archive; exec tail -f /dev/null";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Databases_and_collections_are_those_that_a_dump_begins_with()
    {
        using var folder = new TempFolder();
        MongoDbServer server = await ServerAsync(folder, Whole(), Endless);
        IReadOnlyList<DatabaseListing> databases = await server.ListAsync(Cancellation);
        databases.Select(d => (d.Name, d.Bytes)).ShouldBe([("crm", null), ("shop", null)]);
        databases[1].Tables.ShouldBe([new("orders", "collection", null, null), new("temperature", "timeseries", null, null), new("totals", "view", null, null)]);
    }

    [Fact]
    public async Task The_users_are_read_and_the_dump_is_ended_where_the_first_documents_begin()
    {
        using var folder = new TempFolder();
        MongoDbServer server = await ServerAsync(folder, Whole(), Endless);
        (await server.TestAsync(Cancellation)).ShouldBe(
            [new("mongodump 100.9.4", "to dump MongoDB 7.0.2", null), new("role backup on admin", "all databases, users and roles", null), new("oplog", "what is written meanwhile", null)]);
        string arguments = await File.ReadAllTextAsync(folder["arguments"], Cancellation);
        arguments.ShouldContain("--username=back\"up --authenticationDatabase=admin --archive --numParallelCollections=1 --oplog");
        arguments.ShouldNotContain("s3cret");
        File.Exists(arguments.Split(' ')[0]["--config=".Length..]).ShouldBeFalse();
    }

    [Theory]
    [InlineData("head -c $prelude $here/archive; echo 'Failed: error dumping users and roles: (Unauthorized) not authorized on admin to execute command { find: \"system.users\" }' >&2; exit 1")]
    [InlineData("echo 'Failed: error getting database names: (Unauthorized) not authorized on admin to execute command { listDatabases: 1 }' >&2; exit 1")]
    public async Task A_right_that_is_missing_is_named_with_its_statement(string script)
    {
        using var folder = new TempFolder();
        IReadOnlyList<RightListing> rights = await (await ServerAsync(folder, Whole(), script)).TestAsync(Cancellation);
        rights.Select(r => r.Grant).ShouldBe([null, Grant]);
    }

    [Fact]
    public async Task An_account_that_is_shown_no_users_lacks_the_role_though_nothing_fails()
    {
        using var folder = new TempFolder();
        MongoArchiveBuilder less = new MongoArchiveBuilder(("shop.orders", Plain, "collection")).Segment("shop.orders").End("shop.orders");
        (await (await ServerAsync(folder, less, "cat $here/archive")).TestAsync(Cancellation)).Single(r => r.IsMissing).Grant.ShouldBe(Grant);

        // Whoever logs in as nobody, or is known elsewhere, may have no such collection.
        string tool = await ToolAsync(folder, less, "cat $here/archive");
        (await new MongoDbServer(new() { DumpProgram = tool }).TestAsync(Cancellation)).ShouldAllBe(r => !r.IsMissing);
        (await new MongoDbServer(new() { DumpProgram = tool, User = "cn=x", AuthenticationDatabase = "$external" }).TestAsync(Cancellation)).ShouldAllBe(r => !r.IsMissing);
    }

    [Fact]
    public async Task A_server_that_cannot_be_asked_is_a_failure()
    {
        using var folder = new TempFolder();
        await RefusesAsync("echo 'Failed: can not create session: (AuthenticationFailed) Authentication failed.' >&2; exit 1", "mongodb db1: mongodump-x ended with exit status 1: Failed: can not create session");
        await RefusesAsync("head -c $prelude $here/archive; echo 'lost connection' >&2; exit 1", "lost connection");
        await RefusesAsync("echo hello", "no whole archive");
        string uri = folder["uri"];
        await File.WriteAllTextAsync(uri, "mongodb://me:s3cret@h1,h2:27018/shop%20x?replicaSet=r", Cancellation);
        File.SetUnixFileMode(uri, Owner);
        var named = new MongoDbServer(new() { UriFile = uri, DumpProgram = "true" });
        (await Should.ThrowAsync<BackupException>(() => named.TestAsync(Cancellation))).Message.ShouldBe(
            $"the connection string in {uri} names the database shop x, and mongodump would dump no other; leave it out, and where it is the one that knows the user, write /?authSource=shop x instead");
        var absent = new MongoDbServer(new() { DumpProgram = folder["none"] });
        (await Should.ThrowAsync<BackupException>(() => absent.ListAsync(Cancellation))).Message.ShouldContain("install the package mongodb-database-tools");

        async Task RefusesAsync(string script, string why)
        {
            MongoDbServer server = await ServerAsync(folder, Whole(), script);
            string message = (await Should.ThrowAsync<BackupException>(() => server.TestAsync(Cancellation))).Message;
            message.ShouldContain(why);
            message.ShouldNotContain("s3cret");
        }
    }

    [Theory]
    [InlineData("prelude")]
    [InlineData("garbage")]
    public async Task Behind_a_damaged_place_the_dump_is_ended_and_not_waited_for(string damaged)
    {
        using var folder = new TempFolder();
        string head = damaged == "garbage" ? "echo garbage" : "head -c $prelude $here/archive; head -c 100 /dev/zero";
        MongoDbServer server = await ServerAsync(folder, Whole(), $"{head}; head -c 100M /dev/zero; touch $here/waited");
        (await Should.ThrowAsync<BackupException>(() => server.TestAsync(Cancellation))).Message.ShouldStartWith("mongodb db1: what mongodump wrote is no whole archive: it ");
        File.Exists(folder["waited"]).ShouldBeFalse();
    }

    [Theory]
    [InlineData("mongodb://me:pa/sx@db1/")]
    [InlineData("mongodb://me:pa/sx@db1:27017/shop")]
    [InlineData("mongodb://me:pa?sx@db1/")]
    [InlineData("mongodb://me:p/a?sx@db1/shop")]
    [InlineData("mongodb://me:p@a/s?x@db1/")]
    [InlineData("mongodb://me:pa%2Fsx@db1/a%2Fsx")]
    [InlineData("mongodb://me/pa:sx")]
    public async Task Of_a_password_that_is_not_encoded_no_piece_gets_into_a_message(string text)
    {
        using var folder = new TempFolder();
        string uri = folder["uri"];
        await File.WriteAllTextAsync(uri, text, Cancellation);
        File.SetUnixFileMode(uri, Owner);
        var server = new MongoDbServer(new() { UriFile = uri, DumpProgram = "true" });
        (await Should.ThrowAsync<BackupException>(() => server.TestAsync(Cancellation))).Message.ShouldBe(
            $"the connection string in {uri} cannot be taken apart: in user, password and options, write %2F for a slash, %3A for a colon, %3F for a question mark and %40 for an @");
    }

    [Theory]
    [InlineData("mongodb://me:pw@h1/")]
    [InlineData("mongodb://me:p%2Fw%40@h1/?appName=a@b")]
    [InlineData("mongodb+srv://me:pw@cluster.example.org/?authSource=admin&x=a/b")]
    [InlineData("mongodb://h1:27017,h2")]
    public async Task A_connection_string_that_names_no_database_is_taken(string text)
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["uri"], text, Cancellation);
        File.SetUnixFileMode(folder["uri"], Owner);
        var server = new MongoDbServer(new() { UriFile = folder["uri"], DumpProgram = await ToolAsync(folder, Whole(), Endless) });
        (await server.TestAsync(Cancellation)).ShouldAllBe(r => !r.IsMissing);
    }

    private static MongoArchiveBuilder Whole()
    {
        byte[] user = MongoArchiveBuilder.Document(("_id", "admin.backup"));
        return new MongoArchiveBuilder(
                ("admin.system.users", Plain, "collection"), ("admin.system.version", Plain, "collection"), ("shop.totals", View, "view"), ("shop.orders", Plain, "collection"),
                ("shop.temperature", Plain, "timeseries"), ("crm.people", Plain, "collection"), ("oplog", string.Empty, string.Empty))
            .Segment("admin.system.users", user).End("admin.system.users").Segment("admin.system.version", user, user).End("admin.system.version").Segment("shop.orders", user);
    }

    private static async Task<MongoDbServer> ServerAsync(TempFolder folder, MongoArchiveBuilder archive, string script)
    {
        await File.WriteAllTextAsync(folder["pw"], "s3cret\n", Cancellation);
        File.SetUnixFileMode(folder["pw"], Owner);
        return new(new()
        {
            Host = "db1", User = "back\"up", AuthenticationDatabase = "admin", PasswordFile = folder["pw"], Oplog = true, DumpProgram = await ToolAsync(folder, archive, script),
        });
    }

    private static async Task<string> ToolAsync(TempFolder folder, MongoArchiveBuilder archive, string script)
    {
        await File.WriteAllBytesAsync(folder["archive"], archive.ToArray(), Cancellation);
        string tool = folder["mongodump-x"];
        await File.WriteAllTextAsync(tool, $"#!/bin/bash\nhere={folder.Path}; prelude={archive.PreludeLength}; echo \"$*\" > $here/arguments\n{script}\n", Cancellation);
        File.SetUnixFileMode(tool, Owner | UnixFileMode.UserExecute);
        return tool;
    }
}
