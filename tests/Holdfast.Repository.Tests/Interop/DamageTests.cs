using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Interop;

/// <summary>A real repository with one thing wrong with it: the right kind of error, and a message that names the file.</summary>
public sealed class DamageTests(ResticRepository theirs) : IDisposable, IClassFixture<ResticRepository>
{
    private readonly TempFolder _temp = new();

    public static TheoryData<Damage> Damages => [.. Enum.GetValues<Damage>()];

    private string Root => _temp["repository"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public enum Damage
    {
        FlippedBit,
        CutInHalf,
        Empty,
        Removed,
    }

    public void Dispose() => _temp.Dispose();

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Config(Damage damage)
    {
        Break("config", damage);
        BackupException e = await Should.ThrowAsync<BackupException>(OpenAsync);
        e.Kind.ShouldBe(damage == Damage.Removed ? BackupErrorKind.NotFound : BackupErrorKind.Corrupt);
        e.Message.ShouldContain(damage == Damage.Removed ? Root : "config");
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task The_only_key(Damage damage)
    {
        string name = Break("keys", damage);
        BackupException e = await Should.ThrowAsync<BackupException>(OpenAsync);
        e.Kind.ShouldBe(BackupErrorKind.Corrupt);
        e.Message.ShouldContain(damage == Damage.Removed ? "no key" : name);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task An_index(Damage damage)
    {
        string name = Break("index", damage);
        await using OpenRepository repository = await OpenAsync();
        if (damage == Damage.Removed)
        {
            IndexedRepository empty = await repository.LoadIndexAsync(null, Cancellation);
            Snapshot snapshot = (await repository.ListSnapshotsAsync(null, Cancellation))[0].Snapshot;
            BackupException missing = await Should.ThrowAsync<BackupException>(async () => await empty.LoadTreeAsync(snapshot.Tree!.Value, Cancellation));
            missing.Kind.ShouldBe(BackupErrorKind.Corrupt);
            missing.Message.ShouldContain(snapshot.Tree!.Value.ToString());
            return;
        }

        BackupException e = await Should.ThrowAsync<BackupException>(() => repository.LoadIndexAsync(null, Cancellation));
        e.Kind.ShouldBe(BackupErrorKind.Corrupt);
        e.Message.ShouldContain(name);
        var told = new List<BackupException>();
        (await repository.LoadIndexAsync(told.Add, Cancellation)).Index.Count.ShouldBe(0);
        told.ShouldHaveSingleItem().Message.ShouldContain(name);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_snapshot(Damage damage)
    {
        string name = Break("snapshots", damage);
        await using OpenRepository repository = await OpenAsync();
        BackupException e = await Should.ThrowAsync<BackupException>(() => repository.LoadSnapshotAsync(new(Hash256.Parse(name)), Cancellation));
        e.Kind.ShouldBe(damage == Damage.Removed ? BackupErrorKind.NotFound : BackupErrorKind.Corrupt);
        e.Message.ShouldContain(name);
        var told = new List<BackupException>();
        (await repository.ListSnapshotsAsync(told.Add, Cancellation)).ShouldBeEmpty();
        told.Count.ShouldBe(damage == Damage.Removed ? 0 : 1);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Every_pack(Damage damage)
    {
        theirs.CopyTo(Root);
        string[] packs = Directory.GetFiles($"{Root}/data", "*", SearchOption.AllDirectories);
        foreach (string pack in packs)
        {
            Apply(pack, damage, at: 20);
        }

        await using OpenRepository repository = await OpenAsync();
        IndexedRepository indexed = await repository.LoadIndexAsync(null, Cancellation);
        foreach (PackEntry entry in indexed.Index.Entries().Where(e => e.Location.Offset == 0))
        {
            BackupException e = await Should.ThrowAsync<BackupException>(async () => await indexed.LoadBlobAsync(entry.Blob, Cancellation));
            e.Kind.ShouldBe(BackupErrorKind.Corrupt);
            e.Message.ShouldContain(entry.Location.Pack.ToString());
        }
    }

    [Fact]
    public async Task A_lock_that_was_cut_excludes_until_it_is_removed()
    {
        theirs.CopyTo(Root);
        string name = new('b', 64);
        Directory.CreateDirectory($"{Root}/locks");
        File.WriteAllText($"{Root}/locks/{name}", "cut");
        await using OpenRepository repository = await OpenAsync();
        BackupException e = await Should.ThrowAsync<BackupException>(() => RepositoryLock.AcquireAsync(repository, false, Cancellation));
        e.Kind.ShouldBe(BackupErrorKind.Locked);
        e.Message.ShouldContain(name);
    }

    [Fact]
    public async Task A_damaged_key_beside_a_good_one_is_passed_over_and_named_where_none_opens()
    {
        theirs.CopyTo(Root);
        string name = new('0', 64);
        File.Copy(Directory.GetFiles($"{Root}/keys")[0], $"{Root}/keys/{name}");
        Apply($"{Root}/keys/{name}", Damage.CutInHalf);
        await using OpenRepository repository = await OpenAsync();
        BackupException e = await Should.ThrowAsync<BackupException>(
            () => Repository.OpenAsync(new LocalBackend(Root), "wrong", new(), Cancellation));
        e.Kind.ShouldBe(BackupErrorKind.WrongPassword);
        e.Message.ShouldContain(name);
    }

    [Fact]
    public async Task A_wrong_password_is_told_apart_from_damage()
    {
        theirs.CopyTo(Root);
        BackupException e = await Should.ThrowAsync<BackupException>(() => Repository.OpenAsync(new LocalBackend(Root), "wrong", new(), Cancellation));
        e.Kind.ShouldBe(BackupErrorKind.WrongPassword);
        e.Message.ShouldContain(Root);
    }

    [Fact]
    public async Task Damaged_cached_files_are_fetched_again()
    {
        theirs.CopyTo(Root);
        var options = new RepositoryOptions { CacheFolder = _temp["cache"] };
        foreach (Damage damage in (Damage[])[Damage.Removed, Damage.FlippedBit, Damage.CutInHalf, Damage.Empty])
        {
            foreach (string cached in Directory.Exists(_temp["cache"]) ? Directory.GetFiles(_temp["cache"], "????????????????????????????????????????????????????????????????", SearchOption.AllDirectories) : [])
            {
                Apply(cached, damage, at: 20);
            }

            await using OpenRepository repository = await Repository.OpenAsync(new LocalBackend(Root), ResticRepository.Password, options, Cancellation);
            Snapshot snapshot = (await repository.ListSnapshotsAsync(null, Cancellation)).ShouldHaveSingleItem().Snapshot;
            IndexedRepository indexed = await repository.LoadIndexAsync(null, Cancellation);
            (await ResticRepository.FileAsync(indexed, snapshot.Tree!.Value, "large")).ShouldEqual(theirs.LargeFile);
            Directory.GetFiles(_temp["cache"], "*", SearchOption.AllDirectories).Length.ShouldBeGreaterThan(3, damage.ToString());
        }
    }

    private static void Apply(string path, Damage damage, int? at = null)
    {
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        byte[] content = File.ReadAllBytes(path);
        switch (damage)
        {
            case Damage.FlippedBit:
                content[at ?? (content.Length * 2 / 3)] ^= 1;
                File.WriteAllBytes(path, content);
                break;
            case Damage.CutInHalf:
                File.WriteAllBytes(path, content[..Math.Min(content.Length / 2, 40)]);
                break;
            case Damage.Empty:
                File.WriteAllBytes(path, []);
                break;
            default:
                File.Delete(path);
                break;
        }
    }

    /// <summary>Damages the one file of a folder, or a file itself, and returns its name.</summary>
    private string Break(string path, Damage damage)
    {
        theirs.CopyTo(Root);
        string file = Directory.Exists($"{Root}/{path}") ? Directory.GetFiles($"{Root}/{path}").ShouldHaveSingleItem() : $"{Root}/{path}";
        Apply(file, damage);
        return Path.GetFileName(file);
    }

    private Task<OpenRepository> OpenAsync() => Repository.OpenAsync(new LocalBackend(Root), ResticRepository.Password, new(), Cancellation);
}
