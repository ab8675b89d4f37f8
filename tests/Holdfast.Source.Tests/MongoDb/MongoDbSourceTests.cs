using Holdfast.Archiver;

namespace Holdfast.Source.Tests;

/// <summary>How the tool is called; a script stands in for it, as it is not in Debian.</summary>
public sealed class MongoDbSourceTests
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_password_is_in_a_file_that_only_we_can_read()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        string tool = await ToolAsync(bench, """
            echo "$*" > $here/arguments; for a; do case $a in --config=*) stat -c %a ${a#*=} > $here/mode; cat ${a#*=} > $here/config;; esac; done; env > $here/environment
            cat $here/archive
            """);
        string password = Path.Combine(bench.Folder, "pw");
        await File.WriteAllTextAsync(password, "se\"cret\nmore", Cancellation);
        File.SetUnixFileMode(password, Owner);

        BackupSummary summary = await bench.CaptureAsync(new MongoDbSource(new() { Host = "db1", Port = 27018, User = "backup", AuthenticationDatabase = "admin", PasswordFile = password, Users = false, DumpProgram = tool }));

        string arguments = await File.ReadAllTextAsync($"{bench.Folder}/arguments", Cancellation);
        arguments.ShouldContain("--host=db1 --port=27018 --username=backup --authenticationDatabase=admin --archive --numParallelCollections=4");
        (arguments + await File.ReadAllTextAsync($"{bench.Folder}/environment", Cancellation)).ShouldNotContain("cret");
        (await File.ReadAllTextAsync($"{bench.Folder}/config", Cancellation)).ShouldBe("password: \"se\\u0022cret\"\n");
        (await File.ReadAllTextAsync($"{bench.Folder}/mode", Cancellation)).ShouldBe("600\n");
        File.Exists(arguments.Split(' ')[0]["--config=".Length..]).ShouldBeFalse();
        (await bench.ManifestAsync(summary))!.Sources.Single().Details["moment"].ShouldStartWith("none");

        File.SetUnixFileMode(password, Owner | UnixFileMode.OtherRead);
        await RefusesAsync(bench, new() { UriFile = password, DumpProgram = tool }, "chmod 600");
    }

    [Fact]
    public async Task A_tool_that_fails_says_why_and_there_is_no_snapshot()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        await RefusesAsync(bench, new() { DumpProgram = await ToolAsync(bench, "echo 'Failed: cannot connect' >&2; exit 1") }, "cannot connect");
        await RefusesAsync(bench, new() { DumpProgram = await ToolAsync(bench, "head -c 300 $here/archive; echo 'lost connection' >&2; exit 1") }, "lost connection");
        await RefusesAsync(bench, new() { DumpProgram = await ToolAsync(bench, "cat $here/archive; echo 'cursor died' >&2; exit 2") }, "exit status 2: cursor died");
        await RefusesAsync(bench, new() { DumpProgram = await ToolAsync(bench, "head -c 300 $here/archive") }, "no whole archive");
        await RefusesAsync(bench, new() { DumpProgram = await ToolAsync(bench, "cat $here/archive"), Oplog = true }, "mongodump sent no oplog");
        await RefusesAsync(bench, new() { DumpProgram = $"{bench.Folder}/none" }, "mongodb-database-tools");
    }

    [Fact]
    public async Task An_account_that_is_shown_no_users_is_refused_unless_nobody_is()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        var options = new MongoDbOptions { User = "some", DumpProgram = await ToolAsync(bench, "cat $here/archive") };
        await RefusesAsync(bench, options, "grantRolesToUser(\"some\", [{ role: \"backup\", db: \"admin\" }])");
        await bench.CaptureAsync(new MongoDbSource(options with { Users = false }));
        await bench.CaptureAsync(new MongoDbSource(options with { User = null }));

        byte[] withUsers = new MongoArchiveBuilder(("admin.system.users", "{}", "collection")).Segment("admin.system.users").End("admin.system.users").ToArray();
        await File.WriteAllBytesAsync($"{bench.Folder}/archive", withUsers, Cancellation);
        await bench.CaptureAsync(new MongoDbSource(options));
    }

    [Fact]
    public async Task A_dump_without_users_is_ended_before_its_first_document_and_one_that_is_damaged_where_it_is()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        string rest = "head -c 100M /dev/zero; touch $here/waited";
        string tool = await ToolAsync(bench, $"head -c {MongoArchiveTests.Small().PreludeLength} $here/archive; {rest}");
        await RefusesAsync(bench, new() { User = "some", DumpProgram = tool }, "the account is shown no users of the server");
        await RefusesAsync(bench, new() { DumpProgram = tool }, "what mongodump wrote is no whole archive: it has a document of 0 bytes");
        File.Exists($"{bench.Folder}/waited").ShouldBeFalse();
    }

    [Fact]
    public async Task A_server_is_captured_and_restored_by_the_tools_themselves()
    {
        string[] missing = [.. new[] { "mongod", "mongodump", "mongorestore", "mongoimport", "mongoexport" }.Where(t => !(Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(f => File.Exists($"{f}/{t}")))];
        Assert.SkipWhen(missing.Length > 0, $"not on the PATH: {string.Join(", ", missing)}; the tools are not in Debian, see docs/guide/mongodb.md");
        await using SourceBench bench = await SourceBench.CreateAsync();
        string data = Directory.CreateDirectory($"{bench.Folder}/data").FullName;
        const string Port = "27917";
        ToolProcess server = ToolProcess.Start(new("mongod", ["--dbpath", data, "--port", Port, "--bind_ip", "127.0.0.1", "--quiet"]));
        await using (server)
        {
            await ToolProcess.ReadAsync(new("bash", ["-c", $"for i in $(seq 1000); do echo \"{{\\\"_id\\\": $i, \\\"x\\\": \\\"$i$i\\\"}}\"; done | mongoimport --port={Port} --db=shop --collection=orders"]), Cancellation);
            BackupSummary summary = await bench.CaptureAsync(new MongoDbSource(new() { Host = "127.0.0.1", Port = int.Parse(Port, System.Globalization.CultureInfo.InvariantCulture) }));
            var watched = new MongoDbServer(new() { Host = "127.0.0.1", Port = int.Parse(Port, System.Globalization.CultureInfo.InvariantCulture) });
            (await watched.ListAsync(Cancellation)).Single().Tables.Single().Name.ShouldBe("orders");
            (await watched.TestAsync(Cancellation)).ShouldAllBe(r => !r.IsMissing);
            string before = await ExportAsync();
            (await bench.ManifestAsync(summary))!.Sources.Single().Items.Single(i => i.Name == "shop/orders").Rows.ShouldBe(1000);
            await ToolProcess.ReadAsync(new("mongorestore", [$"--port={Port}", "--drop", "--nsInclude=shop.*", await bench.RestoreAsync(summary) + "/.holdfast/databases/mongodb"]), Cancellation);
            (await ExportAsync()).ShouldBe(before);
        }

        Task<string> ExportAsync() => ToolProcess.ReadAsync(new("mongoexport", [$"--port={Port}", "--db=shop", "--collection=orders", "--sort={\"_id\": 1}"]), Cancellation);
    }

    private static async Task<string> ToolAsync(SourceBench bench, string script)
    {
        await File.WriteAllBytesAsync($"{bench.Folder}/archive", MongoArchiveTests.Small().ToArray(), Cancellation);
        string tool = $"{bench.Folder}/mongodump-{Guid.NewGuid():N}";
        await File.WriteAllTextAsync(tool, $"#!/bin/bash\nhere={bench.Folder}\n{script}\n", Cancellation);
        File.SetUnixFileMode(tool, Owner | UnixFileMode.UserExecute);
        return tool;
    }

    private static Task RefusesAsync(SourceBench bench, MongoDbOptions options, string why) => Refusals.ShouldBeAsync(bench, new MongoDbSource(options), why);
}
