using System.Text;
using System.Text.Json;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Linux;

namespace Holdfast.Repository.Tests.Interop;

/// <summary>Both tools in one repository.</summary>
public sealed class ResticInteropTests(ResticRepository theirs) : IDisposable, IClassFixture<ResticRepository>
{
    private const string Password = ResticRepository.Password;

    private readonly TempFolder _temp = new();

    private string Root => _temp["repository"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Theory]
    [MemberData(nameof(Restic.Programs), MemberType = typeof(Restic))]
    public async Task What_is_written_here_is_checked_listed_and_dumped_by_restic(string program)
    {
        byte[] large = Seeded.Random().Bytes(9 << 20);
        byte[] first = large[..(5 << 20)], second = large[(5 << 20)..], text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 30_000)));
        SnapshotId id;
        string repositoryId;
        await using (OpenRepository repository = await Repository.InitializeAsync(
            new LocalBackend(Root), Password, new() { PackSize = 4 << 20 }, null, Cancellation))
        {
            repositoryId = repository.Config.Id;
            IndexedRepository indexed = await repository.LoadIndexAsync(null, Cancellation);
            await using BlobWriter writer = indexed.StartWriting();
            foreach (byte[] blob in (byte[][])[first, second, text])
            {
                await writer.SaveAsync(repository, blob);
            }

            FileTime now = FileTime.FromDateTimeOffset(new(2026, 11, 21, 14, 0, 0, TimeSpan.Zero));
            Node File(string name, params byte[][] content) => new()
            {
                Name = Encoding.UTF8.GetBytes(name), Type = NodeType.File, Mode = 0x1A4, Size = (ulong)content.Sum(c => c.Length), Links = 1,
                ModifyTime = now, AccessTime = now, ChangeTime = now, Content = [.. content.Select(c => new BlobId(Hash256.Of(c)))],
            };
            byte[] tree = new TreeWriter(TimeZoneInfo.Local).Encode([File("Grüße \"\n", text), File("large", first, second)]).ToArray();
            await writer.SaveAsync(repository, tree, BlobType.Tree);
            await writer.CompleteAsync(Cancellation);
            id = await repository.SaveSnapshotAsync(
                new()
                {
                    Time = new(2026, 11, 21, 14, 0, 0, TimeSpan.FromHours(1)), Tree = new(Hash256.Of(tree)), Paths = ["/source"], Hostname = "höst",
                    Username = "user", Tags = ["tag"],
                },
                Cancellation);
            (await repository.LoadSnapshotAsync(id, Cancellation)).Snapshot.Hostname.ShouldBe("höst");
            (await repository.ListSnapshotsAsync(null, Cancellation)).ShouldHaveSingleItem().Id.ShouldBe(id);
        }

        Restic restic = new(program, Root, Password);
        (await restic.RunAsync("check", "--read-data")).ShouldSucceed().Text.ShouldContain("no errors were found");
        JsonDocument.Parse((await restic.RunAsync("cat", "config")).ShouldSucceed().Output).RootElement.GetProperty("id").GetString().ShouldBe(repositoryId);
        (await restic.RunAsync("key", "list")).ShouldSucceed().Text.ShouldContain("*");
        string listed = (await restic.RunAsync("ls", id.ToString(), "--json")).ShouldSucceed().Text;
        listed.ShouldContain("\"name\":\"large\"");
        (await restic.RunAsync("dump", id.ToString(), "/large")).ShouldSucceed().Output.ShouldEqual(large);
        (await restic.RunAsync("dump", id.ToString(), "/Grüße \"\n")).ShouldSucceed().Output.ShouldEqual(text);
        (await restic.RunAsync("snapshots")).ShouldSucceed().Text.ShouldContain("höst");
        (await restic.RunAsync("tag", "--add", "theirs", id.ToString())).ShouldSucceed();
        await using OpenRepository again = await OpenAsync();
        Snapshot tagged = (await again.ListSnapshotsAsync(null, Cancellation)).ShouldHaveSingleItem().Snapshot;
        tagged.Tags.ShouldBe(["tag", "theirs"]);
        tagged.Original.ShouldBe(id);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public async Task What_restic_wrote_in_either_version_is_read_here(string version)
    {
        string program = Restic.Newer ?? Restic.Stock;
        Directory.CreateDirectory(_temp["source"]);
        byte[] large = Seeded.Random().Bytes(5 << 20);
        File.WriteAllBytes($"{_temp["source"]}/large", large);
        File.WriteAllText($"{_temp["source"]}/small", "small content");
        Restic restic = new(program, Root, Password);
        (await restic.RunAsync("init", "--repository-version", version)).ShouldSucceed();
        (await restic.RunAsync("backup", _temp["source"], "--tag", "a,b", "--host", "theirs")).ShouldSucceed();

        await using OpenRepository repository = await OpenAsync();
        repository.Config.Version.ToString().ShouldBe(version);
        Snapshot snapshot = (await repository.ListSnapshotsAsync(null, Cancellation)).ShouldHaveSingleItem().Snapshot;
        snapshot.Tags.ShouldBe(["a", "b"]);
        snapshot.Hostname.ShouldBe("theirs");
        snapshot.Paths.ShouldBe([_temp["source"]]);
        IndexedRepository indexed = await repository.LoadIndexAsync(null, Cancellation);
        (await ResticRepository.FileAsync(indexed, snapshot.Tree!.Value, "large")).ShouldEqual(large);
        Encoding.ASCII.GetString(await ResticRepository.FileAsync(indexed, snapshot.Tree!.Value, "small")).ShouldBe("small content");
        List<PackEntry> headers = await TestRepository.HeadersAsync(repository, repository.Backend);
        headers.OrderBy(e => e.Blob.Hash).ShouldBe(indexed.Index.Entries().OrderBy(e => e.Blob.Hash));

        // And added to in that version.
        await using (BlobWriter writer = indexed.StartWriting())
        {
            await writer.SaveAsync(repository, large[..1000]);
            byte[] tree = new TreeWriter(TimeZoneInfo.Local).Encode([new() { Name = "ours"u8.ToArray(), Type = NodeType.File, Content = [new(Hash256.Of(large.AsSpan(0, 1000)))], Size = 1000 }]).ToArray();
            await writer.SaveAsync(repository, tree, BlobType.Tree);
            await writer.CompleteAsync(Cancellation);
            await repository.SaveSnapshotAsync(snapshot with { Tree = new(Hash256.Of(tree)), Paths = ["/ours"] }, Cancellation);
        }

        (await restic.RunAsync("check", "--read-data")).ShouldSucceed();
        (await restic.RunAsync("dump", "--path", "/ours", "latest", "/ours")).ShouldSucceed().Output.ShouldEqual(large.AsSpan(0, 1000));
    }

    [Theory]
    [MemberData(nameof(Restic.Programs), MemberType = typeof(Restic))]
    public async Task Keys_added_changed_and_removed_by_one_tool_are_known_to_the_other(string program)
    {
        theirs.CopyTo(Root);
        File.WriteAllText(_temp["new"], "from restic");
        KeyId ours;
        await using (OpenRepository repository = await OpenAsync())
        {
            ours = await repository.AddKeyAsync("from here ü", Cancellation);
            (await repository.ListKeysAsync(Cancellation)).Select(k => k.Id).ShouldBe([repository.KeyId, ours], ignoreOrder: true);
            (await Should.ThrowAsync<BackupException>(() => repository.RemoveKeyAsync(repository.KeyId, Cancellation))).Kind.ShouldBe(BackupErrorKind.Refused);
            (await Should.ThrowAsync<BackupException>(() => repository.RemoveKeyAsync(default, Cancellation))).Kind.ShouldBe(BackupErrorKind.NotFound);
        }

        Restic withOurs = new(program, Root, "from here ü");
        (await withOurs.RunAsync("key", "list")).ShouldSucceed().Text.ShouldContain("*" + ours.Hash.ToShortString());
        (await withOurs.RunAsync("key", "add", "--new-password-file", _temp["new"])).ShouldSucceed();
        await using (OpenRepository repository = await OpenAsync("from restic"))
        {
            (await repository.ListKeysAsync(Cancellation)).Count.ShouldBe(3);
            await repository.RemoveKeyAsync(ours, Cancellation);
            int before = 0;
            KeyId changed = await repository.ChangePasswordAsync("changed here", () => before = Directory.GetFiles($"{Root}/keys").Length, Cancellation);
            before.ShouldBe(3, "both are there when the new one is told of");
            repository.KeyId.ShouldBe(changed, "a second change must not leave the first behind");
            (await Should.ThrowAsync<BackupException>(() => repository.RemoveKeyAsync(changed, Cancellation))).Kind.ShouldBe(BackupErrorKind.Refused);
            (await repository.ListKeysAsync(Cancellation)).Count.ShouldBe(2);
        }

        (await new Restic(program, Root, "from restic").RunAsync("cat", "config")).ShouldFail();
        (await new Restic(program, Root, "changed here").RunAsync("cat", "config")).ShouldSucceed();
        (await Should.ThrowAsync<BackupException>(() => OpenAsync("from restic"))).Kind.ShouldBe(BackupErrorKind.WrongPassword);
    }

    [Theory]
    [MemberData(nameof(Restic.Programs), MemberType = typeof(Restic))]
    public async Task An_exclusive_lock_taken_here_keeps_restic_out(string program)
    {
        theirs.CopyTo(Root);
        await using OpenRepository repository = await OpenAsync();
        await using (await RepositoryLock.AcquireAsync(repository, exclusive: true, Cancellation))
        {
            (await new Restic(program, Root, Password).RunAsync("backup", _temp.Path)).ShouldFail().Errors.ShouldContain("locked");
        }

        (await new Restic(program, Root, Password).RunAsync("list", "locks")).ShouldSucceed().Text.Trim().ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Restic.Programs), MemberType = typeof(Restic))]
    public async Task A_lock_held_by_restic_is_respected_and_goes_with_unlock_once_restic_is_dead(string program)
    {
        theirs.CopyTo(Root);
        Directory.CreateDirectory($"{Root}/locks");
        var written = new TaskCompletionSource();
        using var watcher = new FileSystemWatcher($"{Root}/locks") { EnableRaisingEvents = true };
        watcher.Renamed += (_, _) => written.TrySetResult();
        await using OpenRepository repository = await OpenAsync();
        using (System.Diagnostics.Process restic = new Restic(program, Root, Password).Start("backup", "--stdin"))
        {
            await written.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
            BackupException e = await Should.ThrowAsync<BackupException>(() => RepositoryLock.AcquireAsync(repository, exclusive: true, Cancellation));
            e.Kind.ShouldBe(BackupErrorKind.Locked);
            e.Message.ShouldContain(restic.Id.ToString());
            await using (await RepositoryLock.AcquireAsync(repository, exclusive: false, Cancellation))
            {
                Directory.GetFiles($"{Root}/locks").Length.ShouldBe(2);
            }

            restic.Kill();
            await restic.WaitForExitAsync(Cancellation);
        }

        Directory.GetFiles($"{Root}/locks").Length.ShouldBe(1, "killed, it left its lock behind");

        // D51: it may as well be at work in a container with this machine's name.
        (await Should.ThrowAsync<BackupException>(() => RepositoryLock.AcquireAsync(repository, exclusive: true, Cancellation)))
            .Message.ShouldContain("`holdfast unlock`");
        (await RepositoryLock.RemoveAsync(repository, all: false, Cancellation)).ShouldBe(1);
        await using (await RepositoryLock.AcquireAsync(repository, exclusive: true, Cancellation))
        {
            Directory.GetFiles($"{Root}/locks").Length.ShouldBe(1);
        }

        Directory.GetFiles($"{Root}/locks").ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_there_is_a_repository_none_is_made_and_where_there_is_none_none_is_opened()
    {
        theirs.CopyTo(Root);
        var backend = new LocalBackend(Root);
        (await Should.ThrowAsync<BackupException>(() => Repository.InitializeAsync(backend, "x", new(), null, Cancellation))).Kind.ShouldBe(BackupErrorKind.Refused);
        File.Delete($"{Root}/config");
        (await Should.ThrowAsync<BackupException>(() => Repository.InitializeAsync(backend, "x", new(), null, Cancellation))).Message.ShouldContain("key/");
        BackupException e = await Should.ThrowAsync<BackupException>(() => OpenAsync());
        e.Kind.ShouldBe(BackupErrorKind.NotFound);
        e.Message.ShouldContain("holdfast init");
    }

    private Task<OpenRepository> OpenAsync(string password = Password) =>
        Repository.OpenAsync(new LocalBackend(Root), password, new(), Cancellation);
}
