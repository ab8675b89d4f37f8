using System.Security.Cryptography;
using Holdfast.Fixtures;

namespace Holdfast.Backend.Tests;

/// <summary>The contract of <see cref="IBackend"/>: every backend runs these tests.</summary>
public abstract class BackendConformance : IAsyncLifetime
{
    private static readonly FileType[] Named = [FileType.Key, FileType.Lock, FileType.Snapshot, FileType.Index, FileType.Pack];

    private protected IBackend Backend { get; private set; } = null!;

    private protected Random Random { get; } = Seeded.Random();

    /// <summary>What comes only into a repository that is there.</summary>
    private static readonly FileType[] Beside = [FileType.Reserve, FileType.Ledger, FileType.Parity, FileType.Inventory];

    public static TheoryData<FileType> Types => [FileType.Config, .. Named];

    public static TheoryData<FileType> TypesBeside => [.. Beside];

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Backend = Make();
        await Backend.CreateAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await Backend.DisposeAsync();
        CleanUp();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_saved_file_is_found_and_read_as_it_was(FileType type)
    {
        foreach (int length in (int[])[1, 0, 100, 70_000, 3 << 20])
        {
            byte[] content = Random.Bytes(length);
            BackendFile file = FileOf(type, content);
            await Backend.SaveAsync(file, content, Cancellation);
            (await Backend.FindSizeAsync(file, Cancellation)).ShouldBe(length);
            (await Backend.ReadAllAsync(file)).ShouldEqual(content);
            await Backend.RemoveAsync(file, Cancellation);
        }
    }

    [Fact]
    public async Task A_config_is_replaced_only_where_there_is_one()
    {
        byte[] first = Random.Bytes(100), second = Random.Bytes(120);
        (await Should.ThrowAsync<BackupException>(() => Backend.ReplaceConfigAsync(second, Cancellation))).Kind.ShouldBe(BackupErrorKind.NotFound);
        await Backend.SaveAsync(BackendFile.Config, first, Cancellation);
        await Backend.ReplaceConfigAsync(second, Cancellation);
        (await Backend.ReadAllAsync(BackendFile.Config)).ShouldEqual(second);
        (await Should.ThrowAsync<BackupException>(() => Backend.SaveAsync(BackendFile.Config, first, Cancellation))).Kind.ShouldBe(BackupErrorKind.Refused);
        (await Backend.ReadAllAsync(BackendFile.Config)).ShouldEqual(second);
    }

    [Fact]
    public async Task A_setting_may_be_written_anew_and_is_in_no_listing()
    {
        await Backend.SaveAsync(BackendFile.Config, Random.Bytes(100), Cancellation);
        foreach (byte[] content in (byte[][])[Random.Bytes(40), Random.Bytes(10)])
        {
            await Backend.SaveAsync(BackendFile.ParitySetting, content, Cancellation);
            (await Backend.ReadAllAsync(BackendFile.ParitySetting)).ShouldEqual(content);
        }

        foreach (FileType type in (FileType[])[.. Named, .. Beside])
        {
            (await Backend.ListAllAsync(type)).ShouldBeEmpty();
        }
    }

    [Theory]
    [MemberData(nameof(TypesBeside))]
    public async Task What_is_ours_is_kept_beside_the_rest_of_a_repository(FileType beside)
    {
        await Backend.SaveAsync(BackendFile.Config, Random.Bytes(100), Cancellation);
        byte[] content = Random.Bytes(5000);
        BackendFile file = FileOf(beside, content);
        await Backend.SaveAsync(file, content, Cancellation);
        (await Backend.ListAllAsync(beside)).ShouldBe([new(file, 5000)]);
        foreach (FileType type in Named)
        {
            (await Backend.ListAllAsync(type)).ShouldBeEmpty();
        }

        (await Backend.ReadAllAsync(file)).ShouldEqual(content);
        await Backend.RemoveAsync(file, Cancellation);
        (await Backend.FindSizeAsync(file, Cancellation)).ShouldBeNull();
        (await Backend.FindFreeSpaceAsync(Cancellation) ?? long.MaxValue).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Of_two_files_the_later_has_the_later_time_where_the_storage_knows()
    {
        BackendFile first = FileOf(FileType.Lock, [1]), second = FileOf(FileType.Lock, [2]);
        await Backend.SaveAsync(first, new byte[] { 1 }, Cancellation);
        await Backend.SaveAsync(second, new byte[] { 2 }, Cancellation);
        DateTimeOffset? earlier = await Backend.FindTimeAsync(first, Cancellation), later = await Backend.FindTimeAsync(second, Cancellation);
        later.HasValue.ShouldBe(earlier.HasValue);
        (later < earlier).ShouldBeFalse();
        (await Backend.FindTimeAsync(FileOf(FileType.Lock, [3]), Cancellation)).ShouldBeNull();
        foreach (FileType type in Named)
        {
            (await Backend.HasPlaceAsync(type, Cancellation)).ShouldBeTrue();
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Reading_begins_at_the_offset_and_ends_short_at_the_end(FileType type)
    {
        byte[] content = Random.Bytes(10_000);
        BackendFile file = FileOf(type, content);
        await Backend.SaveAsync(file, content, Cancellation);
        foreach (bool again in (bool[])[false, true])
        {
            (await PartAsync(file, 0, 10)).ShouldBe(content[..10], $"again: {again}");
            (await PartAsync(file, 5_000, 100)).ShouldBe(content[5_000..5_100]);
            (await PartAsync(file, 9_990, 100)).ShouldBe(content[9_990..]);
            (await PartAsync(file, 0, 20_000)).ShouldEqual(content);
            (await PartAsync(file, 10_000, 10)).ShouldBeEmpty();
            (await PartAsync(file, long.MaxValue / 2, 10)).ShouldBeEmpty();
            (await PartAsync(file, 3, 0)).ShouldBeEmpty();
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_file_of_the_same_name_is_replaced_but_a_config_stays(FileType type)
    {
        BackendFile file = FileOf(type, Random.Bytes(8));
        await Backend.SaveAsync(file, new byte[5000], Cancellation);
        if (type == FileType.Config)
        {
            // Of two that make a repository in the same place, one must fail.
            (await Should.ThrowAsync<BackupException>(() => Backend.SaveAsync(file, "short"u8.ToArray(), Cancellation))).Kind.ShouldBe(BackupErrorKind.Refused);
            (await Backend.FindSizeAsync(file, Cancellation)).ShouldBe(5000);
            return;
        }

        await Backend.SaveAsync(file, "short"u8.ToArray(), Cancellation);
        (await Backend.FindSizeAsync(file, Cancellation)).ShouldBe(5);
        (await Backend.ReadAllAsync(file)).ShouldBe("short"u8.ToArray());
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_missing_file_has_no_size_and_reading_it_is_NotFound(FileType type)
    {
        BackendFile file = FileOf(type, Random.Bytes(8));
        (await Backend.FindSizeAsync(file, Cancellation)).ShouldBeNull();
        BackupException reading = await Should.ThrowAsync<BackupException>(async () => await Backend.ReadAsync(file, 0, new byte[1], Cancellation));
        reading.Kind.ShouldBe(BackupErrorKind.NotFound);
        reading.Message.ShouldContain(type == FileType.Config ? "config" : file.Name);
        (await Should.ThrowAsync<BackupException>(() => Backend.ReadAllAsync(file))).Kind.ShouldBe(BackupErrorKind.NotFound);
        await Backend.RemoveAsync(file, Cancellation);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_removed_file_is_gone(FileType type)
    {
        BackendFile file = FileOf(type, Random.Bytes(8));
        await Backend.SaveAsync(file, "x"u8.ToArray(), Cancellation);
        await Backend.RemoveAsync(file, Cancellation);
        (await Backend.FindSizeAsync(file, Cancellation)).ShouldBeNull();
        (await Should.ThrowAsync<BackupException>(() => Backend.ReadAllAsync(file))).Kind.ShouldBe(BackupErrorKind.NotFound);
        if (type != FileType.Config)
        {
            (await Backend.ListAllAsync(type)).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Listing_tells_each_type_its_own_files_with_their_sizes()
    {
        var expected = new Dictionary<FileType, Dictionary<string, long>>();
        await Backend.SaveAsync(BackendFile.Config, "config"u8.ToArray(), Cancellation);
        foreach (FileType type in Named)
        {
            expected[type] = [];
            for (int i = 0; i < 20; i++)
            {
                byte[] content = Random.Bytes(Random.Next(1000));
                BackendFile file = FileOf(type, [(byte)i, .. content]);
                await Backend.SaveAsync(file, content, Cancellation);
                expected[type].Add(file.Name, content.Length);
            }
        }

        foreach (FileType type in Named)
        {
            List<BackendEntry> listed = await Backend.ListAllAsync(type);
            listed.ShouldAllBe(e => e.File.Type == type);
            listed.ToDictionary(e => e.File.Name, e => e.Size).OrderBy(e => e.Key).ShouldBe(expected[type].OrderBy(e => e.Key));
        }
    }

    [Fact]
    public async Task An_empty_repository_lists_nothing()
    {
        foreach (FileType type in Named)
        {
            (await Backend.ListAllAsync(type)).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Saves_at_the_same_time_do_not_disturb_each_other()
    {
        byte[][] contents = [.. Enumerable.Range(0, 40).Select(_ => Random.Bytes(20_000))];
        await Task.WhenAll(contents.Select(c => Task.Run(() => Backend.SaveAsync(FileOf(FileType.Index, c), c, Cancellation))));
        (await Backend.ListAllAsync(FileType.Index)).Count.ShouldBe(40);
        foreach (byte[] content in contents)
        {
            (await Backend.ReadAllAsync(FileOf(FileType.Index, content))).ShouldEqual(content);
        }
    }

    [Fact]
    public async Task Saving_one_name_from_many_sides_leaves_one_whole_file()
    {
        BackendFile file = FileOf(FileType.Snapshot, "name"u8);
        await Task.WhenAll(Enumerable.Range(1, 20).Select(i =>
            Task.Run(() => Backend.SaveAsync(file, Enumerable.Repeat((byte)i, i * 1000).ToArray(), Cancellation))));
        byte[] left = await Backend.ReadAllAsync(file);
        left.Length.ShouldBe(left[0] * 1000);
        left.ShouldEqual(Enumerable.Repeat(left[0], left.Length).ToArray());
        (await Backend.ListAllAsync(FileType.Snapshot)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Making_the_folders_again_changes_nothing()
    {
        BackendFile file = FileOf(FileType.Key, "name"u8);
        await Backend.SaveAsync(file, "x"u8.ToArray(), Cancellation);
        await Backend.CreateAsync(Cancellation);
        (await Backend.ReadAllAsync(file)).ShouldBe("x"u8.ToArray());
    }

    [Fact]
    public async Task Nothing_is_saved_once_it_is_cancelled()
    {
        BackendFile file = FileOf(FileType.Pack, "name"u8);
        var cancelled = new CancellationToken(canceled: true);
        await Should.ThrowAsync<OperationCanceledException>(async () => await Backend.SaveAsync(file, "x"u8.ToArray(), cancelled));
        (await Backend.FindSizeAsync(file, Cancellation)).ShouldBeNull();
    }

    [Fact]
    public async Task A_file_larger_than_its_limit_is_refused_before_it_is_read()
    {
        BackendFile file = FileOf(FileType.Key, "name"u8);
        await Backend.SaveAsync(file, new byte[1001], Cancellation);
        BackupException e = await Should.ThrowAsync<BackupException>(() => Backend.ReadAllAsync(file, 1000, Cancellation));
        e.Kind.ShouldBe(BackupErrorKind.Corrupt);
        e.Message.ShouldContain(file.Name);
        (await Backend.ReadAllAsync(file, 1001, Cancellation)).Length.ShouldBe(1001);
    }

    [Fact]
    public async Task Foreign_files_in_the_same_places_are_passed_over()
    {
        BackendFile own = FileOf(FileType.Snapshot, "own"u8);
        await Backend.SaveAsync(own, "x"u8.ToArray(), Cancellation);
        foreach (FileType type in Named)
        {
            PlaceForeignFiles(type);
            (await Backend.ListAllAsync(type)).Count.ShouldBe(type == FileType.Snapshot ? 1 : 0, type.ToString());
        }
    }

    private protected abstract IBackend Make();

    /// <summary>Puts files and folders of other names where those of a type lie, where anybody else can.</summary>
    private protected virtual void PlaceForeignFiles(FileType type)
    {
    }

    private protected virtual void CleanUp()
    {
    }

    private protected static BackendFile FileOf(FileType type, ReadOnlySpan<byte> content) =>
        type == FileType.Config ? BackendFile.Config : new(type, Convert.ToHexStringLower(SHA256.HashData(content)));

    private async Task<byte[]> PartAsync(BackendFile file, long offset, int length)
    {
        var buffer = new byte[length];
        return buffer[..await Backend.ReadAsync(file, offset, buffer, Cancellation)];
    }
}
