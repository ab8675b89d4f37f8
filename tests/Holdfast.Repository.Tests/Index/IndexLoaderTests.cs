using System.Buffers;
using System.Runtime.CompilerServices;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Index;

public sealed class IndexLoaderTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly MemoryBackend _memory = new();
    private readonly List<string> _warnings = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task The_second_load_reads_no_index_file_and_later_ones_only_what_is_new()
    {
        await AddFileAsync(1, 3_000);
        await AddFileAsync(2, 3_000);
        (await LoadAsync()).Count.ShouldBe(6_000);

        BlobIndex again = await LoadAsync();
        (again.Known, again.New).ShouldBe((6_000, 0));
        await AddFileAsync(3, 10);
        BlobIndex third = await LoadAsync();
        (third.Known, third.New).ShouldBe((6_000, 10));
        third.Contains(Blob(3, 9)).ShouldBeTrue();
        third.Contains(Blob(1, 0)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_table_that_knows_of_an_index_file_that_is_gone_is_not_used()
    {
        BackendFile first = await AddFileAsync(1, 3_000);
        await AddFileAsync(2, 3_000);
        await LoadAsync();
        await _memory.RemoveAsync(first, Cancellation);
        BlobIndex index = await LoadAsync();
        index.Count.ShouldBe(3_000);
        index.Contains(Blob(1, 5)).ShouldBeFalse("no index file says so any more");
        index.Contains(Blob(2, 5)).ShouldBeTrue();
        (await LoadAsync()).Known.ShouldBe(3_000, "the table is made anew");
    }

    [Fact]
    public async Task What_a_damaged_index_file_said_before_it_broke_off_is_in_no_table()
    {
        await AddFileAsync(1, 3_000);
        await SaveAsync(text => text.Write("""{"packs":[{"id":"ID","blobs":[]},7]}"""u8));
        var told = new List<BackupException>();
        (await Open().LoadIndexAsync(told.Add, Cancellation)).Index.Count.ShouldBe(3_000);
        told.Count.ShouldBe(1);
        (await Open().LoadIndexAsync(told.Add, Cancellation)).Index.Known.ShouldBe(0);
        told.Count.ShouldBe(2, "every command is told anew");
    }

    [Fact]
    public async Task A_damaged_table_is_made_anew_without_a_word()
    {
        await AddFileAsync(1, 3_000);
        await LoadAsync();
        string path = Directory.GetFiles(_temp.Path, "blobs", SearchOption.AllDirectories).Single();
        byte[] table = File.ReadAllBytes(path);
        table[^1] ^= 1;
        File.WriteAllBytes(path, table);
        (await LoadAsync()).Count.ShouldBe(3_000);
        (await LoadAsync()).Known.ShouldBe(3_000);
        _warnings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task More_than_fits_into_memory_is_sorted_on_disk(bool hasCache)
    {
        for (int file = 0; file < 7; file++)
        {
            await AddFileAsync(file, 500);
        }

        await AddFileAsync(3, 400); // a part of another file once more
        OpenRepository repository = hasCache ? Open() : TestRepository.Open(_memory, new() { Warn = _warnings.Add });
        BlobIndex index = await new IndexLoader(repository, null, mostNew: 900).LoadAsync(Cancellation);
        index.Count.ShouldBe(3_500);
        index.Known.ShouldBe(3_500);
        for (int file = 0; file < 7; file++)
        {
            index.FindAll(Blob(file, 499)).Count.ShouldBe(1);
        }

        index.Entries().Select(e => e.Blob).Distinct().Count().ShouldBe(3_500);
        Directory.GetFiles(_temp.Path, "blobs-*", SearchOption.AllDirectories).ShouldBeEmpty("temporary files are gone");
        _warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_costs_memory_and_nothing_else()
    {
        SmallDisk.Need();
        for (int file = 0; file < 4; file++)
        {
            await AddFileAsync(file, 10_000);
        }

        using var disk = new SmallDisk("1m");
        IBackend cached = CacheBackend.Wrap(_memory, disk.Path, "id", _warnings.Add);
        await using OpenRepository repository = TestRepository.Open(cached, new() { Warn = _warnings.Add });
        BlobIndex index = await new IndexLoader(repository, null, mostNew: 15_000).LoadAsync(Cancellation);
        index.Count.ShouldBe(40_000);
        index.Files.Count.ShouldBe(4);
        index.Contains(Blob(0, 1)).ShouldBeTrue();
        index.Contains(Blob(3, 9_999)).ShouldBeTrue();
        _warnings.ShouldHaveSingleItem().ShouldContain("kept in memory");
    }

    [Fact]
    public async Task A_backup_leaves_the_table_for_the_next_run()
    {
        OpenRepository repository = Open();
        IndexedRepository indexed = await repository.LoadIndexAsync(null, Cancellation);
        await using (BlobWriter writer = indexed.StartWriting())
        {
            for (int i = 0; i < 2_500; i++)
            {
                await writer.SaveAsync(repository, BitConverter.GetBytes(i));
            }

            await writer.CompleteAsync(Cancellation);
        }

        BlobIndex next = await LoadAsync();
        (next.Known, next.New).ShouldBe((2_500, 0));
        next.Files.Count.ShouldBe((await _memory.ListAllAsync(FileType.Index)).Count);
        next.Entries().ShouldBe(indexed.Index.Entries(), ignoreOrder: true);
    }

    [Fact]
    public async Task A_table_that_nobody_uses_any_more_is_let_go()
    {
        // A mount loads the index anew for years, whenever somebody looks at a snapshot that came since.
        await AddFileAsync(1, 3_000);
        await LoadAsync();
        string path = Directory.GetFiles(_temp.Path, "blobs", SearchOption.AllDirectories).Single();
        OpenRepository repository = Open();
        WeakReference table = Keep(repository, path);
        GC.Collect();
        table.IsAlive.ShouldBeFalse();

        IndexTable used = IndexTable.TryOpen(path, mostInMemory: 0)!;
        repository.Keep(used);
        used.Find(Blob(1, 0), []).ShouldBe(1);
        await repository.DisposeAsync();
        Should.Throw<ObjectDisposedException>(() => used.Find(Blob(1, 0), []), "its file is closed with the repository");

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Keep(OpenRepository repository, string path)
        {
            IndexTable table = IndexTable.TryOpen(path)!;
            repository.Keep(table);
            return new(table);
        }
    }

    private OpenRepository Open() =>
        TestRepository.Open(CacheBackend.Wrap(_memory, _temp.Path, "id", _warnings.Add), new() { Warn = _warnings.Add });

    private async Task<BlobIndex> LoadAsync() => (await Open().LoadIndexAsync(null, Cancellation)).Index;

    private static BlobHandle Blob(int file, int number) => new(BlobType.Data, Hash256.Of(BitConverter.GetBytes((file * 1_000_000) + number)));

    private Task<BackendFile> AddFileAsync(int file, int count)
    {
        PackId pack = new(Hash256.Of([(byte)file]));
        PackEntry[] entries = [.. Enumerable.Range(0, count).Select(n => new PackEntry(Blob(file, n), new(pack, (uint)n * 100, 100, 0)))];
        return SaveAsync(text => IndexFile.Write(entries, text));
    }

    private async Task<BackendFile> SaveAsync(Action<IBufferWriter<byte>> write)
    {
        var text = new ArrayBufferWriter<byte>();
        write(text);
        Hash256 hash = await TestRepository.Open(_memory).SaveUnpackedAsync(FileType.Index, text.WrittenMemory, Cancellation);
        return new(FileType.Index, hash.ToString());
    }
}
