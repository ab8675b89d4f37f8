using Holdfast.Fixtures;

namespace Holdfast.Backend.Tests;

public sealed class CacheBackendTests : BackendConformance
{
    private static readonly string Id = new('c', 64);

    private readonly TempFolder _temp = new();
    private readonly List<string> _warnings = [];
    private MemoryBackend _inner = null!;

    private CacheBackend Cache => (CacheBackend)Backend;

    private string Folder => $"{_temp.Path}/{Id}";

    [Theory]
    [InlineData(FileType.Index, false)]
    [InlineData(FileType.Snapshot, false)]
    [InlineData(FileType.Pack, true)]
    public async Task A_cached_file_is_served_when_the_repository_has_lost_it_until_it_is_dropped(FileType type, bool trees)
    {
        byte[] content = Random.Bytes(5000);
        BackendFile file = FileOf(type, content) with { HoldsTrees = trees };
        await Backend.SaveAsync(file, content, Cancellation);
        await _inner.RemoveAsync(file, Cancellation);

        (await Backend.ReadAllAsync(file)).ShouldEqual(content);
        Cache.Drop(file).ShouldBeTrue();
        Cache.Drop(file).ShouldBeFalse();
        (await Backend.FindSizeAsync(file, Cancellation)).ShouldBeNull();
        (await Should.ThrowAsync<BackupException>(() => Backend.ReadAllAsync(file))).Kind.ShouldBe(BackupErrorKind.NotFound);
    }

    [Fact]
    public async Task What_others_saved_is_cached_by_the_first_read_whole_although_only_a_part_was_asked_for()
    {
        byte[] content = Random.Bytes(5000);
        BackendFile file = FileOf(FileType.Pack, content) with { HoldsTrees = true };
        await _inner.SaveAsync(file, content, Cancellation);
        var part = new byte[100];
        (await Backend.ReadAsync(file, 4950, part, Cancellation)).ShouldBe(50);
        part[..50].ShouldBe(content[4950..]);
        await _inner.RemoveAsync(file, Cancellation);
        (await Backend.ReadAllAsync(file)).ShouldEqual(content);
    }

    [Theory]
    [InlineData(FileType.Key)]
    [InlineData(FileType.Lock)]
    [InlineData(FileType.Config)]
    [InlineData(FileType.Pack)]
    public async Task What_others_may_change_and_what_is_large_is_not_cached(FileType type)
    {
        byte[] content = Random.Bytes(500);
        BackendFile file = FileOf(type, content);
        await Backend.SaveAsync(file, content, Cancellation);
        (await Backend.ReadAllAsync(file)).ShouldEqual(content);
        await _inner.RemoveAsync(file, Cancellation);
        (await Should.ThrowAsync<BackupException>(() => Backend.ReadAllAsync(file))).Kind.ShouldBe(BackupErrorKind.NotFound);
        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task Listing_drops_what_the_repository_no_longer_has()
    {
        BackendFile kept = FileOf(FileType.Index, "kept"u8), gone = FileOf(FileType.Index, "gone"u8);
        await Backend.SaveAsync(kept, "kept"u8.ToArray(), Cancellation);
        await Backend.SaveAsync(gone, "gone"u8.ToArray(), Cancellation);
        await _inner.RemoveAsync(gone, Cancellation);
        (await Backend.ListAllAsync(FileType.Index)).ShouldHaveSingleItem().File.Name.ShouldBe(kept.Name);
        Files().ShouldHaveSingleItem().ShouldEndWith(kept.Name);
    }

    [Fact]
    public async Task A_file_removed_through_the_cache_is_gone_from_it()
    {
        byte[] content = Random.Bytes(500);
        BackendFile file = FileOf(FileType.Pack, content);
        await Backend.SaveAsync(file with { HoldsTrees = true }, content, Cancellation);
        await Backend.RemoveAsync(file, Cancellation);
        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cache_folder_that_vanishes_is_only_slower()
    {
        byte[] content = Random.Bytes(500);
        BackendFile file = FileOf(FileType.Snapshot, content);
        await Backend.SaveAsync(file, content, Cancellation);
        Directory.Delete(_temp.Path, recursive: true);
        (await Backend.ReadAllAsync(file)).ShouldEqual(content);
        (await Backend.ListAllAsync(FileType.Snapshot)).Count.ShouldBe(1);
        await Backend.SaveAsync(FileOf(FileType.Snapshot, [1]), content, Cancellation);
        (await Backend.ListAllAsync(FileType.Snapshot)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_damaged_pack_that_is_still_open_is_not_read_again_after_it_was_dropped()
    {
        byte[] content = Random.Bytes(500);
        BackendFile file = FileOf(FileType.Pack, content) with { HoldsTrees = true };
        await Backend.SaveAsync(file, content, Cancellation);
        string path = Files().ShouldHaveSingleItem();
        await File.WriteAllBytesAsync(path, new byte[500], Cancellation);
        (await Backend.ReadAllAsync(file)).ShouldEqual(new byte[500]);

        File.Delete(path); // by another process, which found the damage, too
        Cache.Drop(file).ShouldBeTrue();
        (await Backend.ReadAllAsync(file)).ShouldEqual(content);
    }

    [Fact]
    public async Task Of_many_packs_few_stay_open_and_none_is_closed_under_a_reader()
    {
        (BackendFile File, byte[] Content)[] packs = [.. Enumerable.Range(0, 200).Select(_ => Random.Bytes(300))
            .Select(content => (FileOf(FileType.Pack, content) with { HoldsTrees = true }, content))];
        foreach ((BackendFile file, byte[] content) in packs)
        {
            await Backend.SaveAsync(file, content, Cancellation);
        }

        await Parallel.ForEachAsync(Enumerable.Range(0, 20_000), Cancellation, async (i, cancellation) =>
        {
            // Most of them from a few packs, as trees are.
            (BackendFile file, byte[] content) = packs[i % 3 == 0 ? i * 7919 % packs.Length : i % 5];
            var part = new byte[100];
            (await Backend.ReadAsync(file, 150, part, cancellation)).ShouldBe(100);
            part.ShouldEqual(content.AsSpan(150, 100));
            if (i % 11 == 0)
            {
                Cache.Drop(file);
            }
        });
        OpenBelow(Folder).ShouldBeInRange(1, 64);
        await Backend.DisposeAsync();
        OpenBelow(Folder).ShouldBe(0);
    }

    [Fact]
    public async Task A_full_cache_disk_does_not_fail_a_save_and_keeps_no_half_files()
    {
        SmallDisk.Need();
        using var disk = new SmallDisk("1m");
        IBackend backend = CacheBackend.Wrap(_inner, disk.Path, Id, _warnings.Add);
        byte[] content = Random.Bytes(2 << 20);
        BackendFile file = FileOf(FileType.Index, content);
        await backend.SaveAsync(file, content, Cancellation);
        (await backend.ReadAllAsync(file)).ShouldEqual(content);
        Directory.EnumerateFiles($"{disk.Path}/{Id}", "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public void Where_the_cache_cannot_be_made_the_backend_is_used_as_it_is_and_the_user_told()
    {
        string file = _temp["file"];
        File.WriteAllText(file, "in the way");
        CacheBackend.Wrap(_inner, file, Id, _warnings.Add).ShouldBeSameAs(_inner);
        _warnings.ShouldHaveSingleItem().ShouldContain("cache");
    }

    [Fact]
    public void The_folder_carries_the_tag_of_caches_and_is_the_users_own()
    {
        File.ReadAllText(_temp["CACHEDIR.TAG"]).ShouldStartWith("Signature: 8a477f597d28d172789f06886806bc55");
        File.GetUnixFileMode($"{Folder}/index").ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private protected override IBackend Make() => CacheBackend.Wrap(_inner = new MemoryBackend(), _temp.Path, Id, _warnings.Add);

    private protected override void CleanUp() => _temp.Dispose();

    private static int OpenBelow(string folder) =>
        new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Count(link => link.LinkTarget?.StartsWith(folder + "/", StringComparison.Ordinal) == true);

    private List<string> Files() => [.. Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)];
}
