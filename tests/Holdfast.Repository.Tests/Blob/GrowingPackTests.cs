using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Blob;

/// <summary>Packs of a local repository, which are stored while they grow.</summary>
public sealed class GrowingPackTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly Random _random = Seeded.Random();

    private static RepositoryOptions Options => new() { PackSize = TestRepository.SmallestPack, Compression = CompressionMode.Off };

    private string Root => _temp["repository"];

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Blobs_smaller_than_a_piece_and_larger_than_all_of_them_are_found_again()
    {
        // A piece is 512 KiB here, and there are four.
        byte[][] blobs =
        [
            .. Enumerable.Range(0, 500).Select(_ => _random.Bytes(_random.Next(1, 3000))),
            .. Enumerable.Range(0, 40).Select(_ => _random.Bytes(_random.Next(1, 1 << 20))),
            .. Enumerable.Range(0, 3).Select(_ => _random.Bytes(_random.Next(5 << 20, 8 << 20))),
            .. Enumerable.Range(0, 10).Select(_ => _random.Bytes(512 << 10)),
        ];
        _random.Shuffle(blobs);
        LocalBackend backend = await MakeAsync();
        IndexedRepository indexed = await TestRepository.IndexedAsync(backend, Options);
        await using (BlobWriter writer = indexed.StartWriting())
        {
            await Parallel.ForEachAsync(blobs, TestRepository.Cancellation, async (blob, _) => await writer.SaveAsync(indexed.Repository, blob));
            await writer.CompleteAsync(TestRepository.Cancellation);
            writer.Stored.Sum(e => e.Size).ShouldBe(Packs().Sum(p => new FileInfo(p).Length));
        }

        IndexedRepository again = await TestRepository.IndexedAsync(backend);
        foreach (byte[] blob in blobs)
        {
            (await again.LoadBlobAsync(TestRepository.Handle(blob), TestRepository.Cancellation)).ShouldEqual(blob);
        }

        List<PackEntry> headers = await TestRepository.HeadersAsync(again.Repository, backend);
        headers.OrderBy(e => e.Blob.Hash).ShouldBe(again.Index.Entries().OrderBy(e => e.Blob.Hash), "headers and index tell the same");
    }

    [Fact]
    public async Task What_a_pack_has_is_on_its_way_to_the_disk_before_the_pack_is_full()
    {
        LocalBackend backend = await MakeAsync();
        IndexedRepository indexed = await TestRepository.IndexedAsync(backend, Options);
        await using (BlobWriter writer = indexed.StartWriting())
        {
            for (int i = 0; i < 7; i++)
            {
                await writer.SaveAsync(indexed.Repository, _random.Bytes(512 << 10));
            }

            // 3.5 MiB of a pack of 4, of which one piece is being filled, and four wait to be used or stored.
            NamelessFiles().Sum().ShouldBeGreaterThan(1 << 20);
            Packs().ShouldBeEmpty();
            writer.Stored.ShouldBeEmpty();
        }

        NamelessFiles().ShouldBeEmpty("given up");
        Packs().ShouldBeEmpty();
    }

    [Fact]
    public async Task With_parity_a_pack_waits_in_memory_for_it()
    {
        LocalBackend backend = await MakeAsync();
        IndexedRepository indexed = await TestRepository.IndexedAsync(backend, Options);
        await indexed.Repository.SaveParityAsync(5, TestRepository.Cancellation);
        byte[] blob = _random.Bytes(3 << 20);
        await using (BlobWriter writer = indexed.StartWriting())
        {
            await writer.SaveAsync(indexed.Repository, blob);
            NamelessFiles().ShouldBeEmpty();
            await writer.CompleteAsync(TestRepository.Cancellation);
        }

        BackendFile pack = (await backend.ListAllAsync(FileType.Pack)).ShouldHaveSingleItem().File;
        (await backend.ListAllAsync(FileType.Parity)).ShouldHaveSingleItem().File.Name.ShouldBe(pack.Name);
    }

    [Fact]
    public async Task What_was_stored_before_the_disk_was_full_gets_its_index()
    {
        SmallDisk.Need();
        using var disk = new SmallDisk("18m");
        LocalBackend backend = await MakeAsync(disk.Path);
        IndexedRepository indexed = await TestRepository.IndexedAsync(backend, Options);
        BlobWriter writer = indexed.StartWriting();
        BackupException full = await Should.ThrowAsync<BackupException>(async () =>
        {
            for (int i = 0; i < 100; i++)
            {
                await writer.SaveAsync(indexed.Repository, _random.Bytes(512 << 10));
            }
        });
        full.Kind.ShouldBe(BackupErrorKind.NoSpace);
        await writer.DisposeAsync();

        // The next run stores none of it again. Without the room of the pack that was growing, there was none for the index.
        writer.Stored.Count.ShouldBeGreaterThan(1);
        IndexedRepository again = await TestRepository.IndexedAsync(backend);
        again.Index.Packs.Select(p => p.ToString()).Order().ShouldBe(writer.Stored.Select(e => e.File.Name).Order());
    }

    private Task<LocalBackend> MakeAsync() => MakeAsync(Root);

    private static async Task<LocalBackend> MakeAsync(string root)
    {
        var backend = new LocalBackend(root);
        await backend.CreateAsync(TestRepository.Cancellation);
        await backend.SaveAsync(BackendFile.Config, "config"u8.ToArray(), TestRepository.Cancellation);
        return backend;
    }

    private string[] Packs() => [.. Directory.EnumerateFiles($"{Root}/data", "*", SearchOption.AllDirectories)];

    /// <summary>The sizes of this repository's files that are open and have no name.</summary>
    private List<long> NamelessFiles()
    {
        var sizes = new List<long>();
        foreach (string descriptor in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            if (File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.FullName is { } target
                && target.StartsWith(Root, StringComparison.Ordinal) && target.EndsWith("(deleted)", StringComparison.Ordinal))
            {
                using FileStream file = File.OpenRead(descriptor);
                sizes.Add(file.Length);
            }
        }

        return sizes;
    }
}
