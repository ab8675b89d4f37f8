using System.Collections.Concurrent;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Blob;

public sealed class BlobWriterTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly MemoryBackend _memory = new();
    private readonly List<string> _warnings = [];
    private readonly Random _random = Seeded.Random();

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    private RepositoryOptions Options => new() { PackSize = TestRepository.SmallestPack, Warn = _warnings.Add, Compression = CompressionMode.Off };

    public ValueTask DisposeAsync() => _memory.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Many_small_blobs_and_some_larger_than_a_pack_are_found_again_by_another_opening(int version)
    {
        byte[][] blobs =
        [
            .. Enumerable.Range(0, 3000).Select(i => (byte[])[.. BitConverter.GetBytes(i), .. _random.Bytes(_random.Next(200))]),
            .. Enumerable.Range(0, 4).Select(_ => _random.Bytes(TestRepository.SmallestPack + _random.Next(6 << 20))),
            new byte[20 << 20],
        ];
        IndexedRepository indexed = await TestRepository.IndexedAsync(_memory, new() { PackSize = TestRepository.SmallestPack }, version);
        await using (BlobWriter writer = indexed.StartWriting())
        {
            for (int i = 0; i < blobs.Length; i++)
            {
                SavedBlob saved = await writer.SaveAsync(indexed.Repository, blobs[i], i % 3 == 0 ? BlobType.Tree : BlobType.Data);
                saved.IsNew.ShouldBeTrue();
                saved.StoredLength.ShouldBeGreaterThan(0);
            }

            await writer.CompleteAsync(Cancellation);
        }

        IndexedRepository again = await TestRepository.IndexedAsync(_memory, version: version);
        again.Index.Count.ShouldBe(blobs.Length);
        for (int i = 0; i < blobs.Length; i++)
        {
            (await again.LoadBlobAsync(TestRepository.Handle(blobs[i], i % 3 == 0 ? BlobType.Tree : BlobType.Data), Cancellation)).ShouldEqual(blobs[i]);
        }

        List<PackEntry> headers = await TestRepository.HeadersAsync(again.Repository, _memory);
        headers.OrderBy(e => e.Blob.Hash).ShouldBe(again.Index.Entries().OrderBy(e => e.Blob.Hash), "headers and index tell the same");
        headers.GroupBy(e => e.Location.Pack).ShouldAllBe(p => p.Select(e => e.Blob.Type).Distinct().Count() == 1);
    }

    [Fact]
    public async Task Concurrent_savers_store_each_blob_once()
    {
        byte[][] blobs = [.. Enumerable.Range(0, 300).Select(_ => _random.Bytes(40_000))];
        IndexedRepository indexed = await TestRepository.IndexedAsync(_memory, Options);
        var stored = new ConcurrentBag<Hash256>();
        await using (BlobWriter writer = indexed.StartWriting())
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(saver => Task.Run(async () =>
            {
                var order = new Random(saver);
                foreach (byte[] blob in blobs.OrderBy(_ => order.Next()))
                {
                    if ((await writer.SaveAsync(indexed.Repository, blob)).IsNew)
                    {
                        stored.Add(Hash256.Of(blob));
                    }
                }
            })));
            await writer.CompleteAsync(Cancellation);
        }

        stored.Count.ShouldBe(blobs.Length);
        stored.Distinct().Count().ShouldBe(blobs.Length);
        (await TestRepository.HeadersAsync(indexed.Repository, _memory)).Count.ShouldBe(blobs.Length);
    }

    [Fact]
    public async Task A_blob_just_saved_is_contained_and_one_not_saved_is_not()
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(_memory, Options);
        await using BlobWriter writer = indexed.StartWriting();
        byte[] blob = _random.Bytes(10);
        writer.Contains(TestRepository.Handle(blob)).ShouldBeFalse();
        await writer.SaveAsync(indexed.Repository, blob);
        writer.Contains(TestRepository.Handle(blob)).ShouldBeTrue("it is about to be stored");
        writer.Contains(TestRepository.Handle(blob, BlobType.Tree)).ShouldBeFalse("trees are named in a space of their own");
        (await writer.SaveAsync(indexed.Repository, blob)).ShouldBe(default);
    }

    [Fact]
    public async Task An_empty_blob_is_stored_so_that_it_can_be_read()
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(_memory);
        await using BlobWriter writer = indexed.StartWriting();
        await writer.SaveAsync(indexed.Repository, []);
        await writer.CompleteAsync(Cancellation);
        (await indexed.LoadBlobAsync(TestRepository.Handle([]), Cancellation)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task A_writer_whose_backend_fails_stays_failed_and_hangs_nobody(int failingSave)
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(FaultBackend.FailingFromSave(_memory, failingSave), Options);
        BlobWriter writer = indexed.StartWriting();
        Task[] savers = [.. Enumerable.Range(0, 3).Select(s => Task.Run(async () =>
        {
            var random = new Random(s);
            while (true)
            {
                await writer.SaveAsync(indexed.Repository, random.Bytes(500_000));
            }
        }, Cancellation))];
        foreach (Task saver in savers)
        {
            (await Should.ThrowAsync<BackupException>(() => saver.WaitAsync(Patience, Cancellation))).Message.ShouldBe("the wire was cut");
        }

        (await Should.ThrowAsync<BackupException>(() => writer.SaveAsync(indexed.Repository, [1]))).Message.ShouldBe("the wire was cut");
        (await Should.ThrowAsync<BackupException>(() => writer.CompleteAsync(Cancellation))).Message.ShouldBe("the wire was cut");
        await writer.DisposeAsync().AsTask().WaitAsync(Patience, Cancellation);
        (await _memory.ListAllAsync(FileType.Pack)).Count.ShouldBe(failingSave - 1);
        _warnings.Count.ShouldBe(failingSave > 1 ? 1 : 0, "what is uploaded could not be indexed either");
    }

    [Fact]
    public async Task A_failure_of_any_other_kind_stops_the_writer_too()
    {
        var broken = new FaultBackend(_memory) { Script = call => call.Operation == "save" ? throw new InsufficientMemoryException("no memory") : Task.CompletedTask };
        IndexedRepository indexed = await TestRepository.IndexedAsync(broken, Options);
        BlobWriter writer = indexed.StartWriting();
        Task saver = Task.Run(async () =>
        {
            while (true)
            {
                await writer.SaveAsync(indexed.Repository, _random.Bytes(1_000_000));
            }
        }, Cancellation);
        (await Should.ThrowAsync<InsufficientMemoryException>(() => saver.WaitAsync(Patience, Cancellation))).Message.ShouldBe("no memory");
        await writer.DisposeAsync().AsTask().WaitAsync(Patience, Cancellation);
    }

    [Fact]
    public async Task What_a_failed_writer_had_claimed_the_next_one_stores()
    {
        bool fails = true;
        var backend = new FaultBackend(_memory)
        {
            Script = call => call.Operation == "save" && fails ? throw FaultBackend.Failure() : Task.CompletedTask,
        };
        IndexedRepository indexed = await TestRepository.IndexedAsync(backend, Options);
        byte[] blob = _random.Bytes(1000);
        await using (BlobWriter writer = indexed.StartWriting())
        {
            await writer.SaveAsync(indexed.Repository, blob);
            await Should.ThrowAsync<BackupException>(() => writer.CompleteAsync(Cancellation));
        }

        fails = false;
        await using (BlobWriter writer = indexed.StartWriting())
        {
            writer.Contains(TestRepository.Handle(blob)).ShouldBeFalse();
            (await writer.SaveAsync(indexed.Repository, blob)).IsNew.ShouldBeTrue();
            await writer.CompleteAsync(Cancellation);
        }

        (await indexed.LoadBlobAsync(TestRepository.Handle(blob), Cancellation)).ShouldBe(blob);
    }

    [Fact]
    public async Task D3_what_one_writer_could_write_no_index_of_is_in_that_of_the_next()
    {
        bool fails = true;
        var backend = new FaultBackend(_memory)
        {
            Script = call => call.Operation == "save" && call.File.Type == FileType.Index && fails ? throw FaultBackend.Failure("the disk is full") : Task.CompletedTask,
        };
        IndexedRepository indexed = await TestRepository.IndexedAsync(backend, Options);
        byte[] blob = _random.Bytes(1000), other = _random.Bytes(1000);
        await using (BlobWriter writer = indexed.StartWriting())
        {
            await writer.SaveAsync(indexed.Repository, blob);
            await Should.ThrowAsync<BackupException>(() => writer.CompleteAsync(Cancellation));
        }

        fails = false;
        await using (BlobWriter writer = indexed.StartWriting())
        {
            (await writer.SaveAsync(indexed.Repository, blob)).IsNew.ShouldBeFalse("its pack is durable");
            await writer.SaveAsync(indexed.Repository, other);
            await writer.CompleteAsync(Cancellation);
        }

        IndexedRepository afterwards = await TestRepository.IndexedAsync(_memory);
        (await afterwards.LoadBlobAsync(TestRepository.Handle(blob), Cancellation)).ShouldBe(blob);
        (await afterwards.LoadBlobAsync(TestRepository.Handle(other), Cancellation)).ShouldBe(other);
    }

    [Fact]
    public async Task A_cancelled_save_fails_the_writer_because_its_blob_is_not_stored()
    {
        var held = new TaskCompletionSource();
        var backend = new FaultBackend(_memory) { Connections = 1, Script = call => call.Operation == "save" ? held.Task : Task.CompletedTask };
        IndexedRepository indexed = await TestRepository.IndexedAsync(backend, Options);
        await using BlobWriter writer = indexed.StartWriting();
        using var cancel = new CancellationTokenSource();
        using var codec = new BlobCodec(MasterKey.Random(), CompressionMode.Off, true);
        Task saving = Task.Run(async () =>
        {
            while (true)
            {
                byte[] blob = _random.Bytes(2 << 20);
                await writer.SaveAsync(TestRepository.Handle(blob), blob, codec, cancel.Token);
            }
        }, Cancellation);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => saving.WaitAsync(Patience, Cancellation));
        held.SetResult();
        await Should.ThrowAsync<OperationCanceledException>(() => writer.CompleteAsync(Cancellation));
    }

    [Fact]
    public async Task A_writer_whose_index_could_not_be_saved_tries_again_when_disposed()
    {
        bool fails = true;
        var backend = new FaultBackend(_memory)
        {
            Script = call => call.Operation == "save" && call.File.Type == FileType.Index && fails ? throw FaultBackend.Failure() : Task.CompletedTask,
        };
        IndexedRepository indexed = await TestRepository.IndexedAsync(backend, Options);
        byte[] blob = _random.Bytes(1000);
        BlobWriter writer = indexed.StartWriting();
        await writer.SaveAsync(indexed.Repository, blob);
        await Should.ThrowAsync<BackupException>(() => writer.CompleteAsync(Cancellation));
        await Should.ThrowAsync<BackupException>(() => writer.SaveAsync(indexed.Repository, [1]));
        fails = false;
        await writer.DisposeAsync();
        (await TestRepository.IndexedAsync(_memory)).Index.Contains(TestRepository.Handle(blob)).ShouldBeTrue();
    }

    [Fact]
    public async Task Giving_up_without_completing_still_indexes_what_was_uploaded()
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(_memory, Options);
        byte[][] blobs = [.. Enumerable.Range(0, 10).Select(_ => _random.Bytes(1 << 20))];
        await using (BlobWriter writer = indexed.StartWriting())
        {
            foreach (byte[] blob in blobs)
            {
                await writer.SaveAsync(indexed.Repository, blob);
            }
        }

        (await _memory.ListAllAsync(FileType.Pack)).Count.ShouldBe(2);
        BlobIndex index = (await TestRepository.IndexedAsync(_memory)).Index;
        index.Count.ShouldBe(8, "two packs of four");
        blobs.Count(b => index.Contains(TestRepository.Handle(b))).ShouldBe(8);
    }

    [Fact]
    public async Task No_index_names_a_pack_before_it_is_durable()
    {
        var saved = new ConcurrentDictionary<string, bool>();
        BlobIndex? index = null;
        int early = 0;
        var backend = new FaultBackend(_memory)
        {
            Script = call =>
            {
                if (call.Operation == "save" && call.File.Type == FileType.Pack)
                {
                    early += index!.Packs.Count(p => p.ToString() == call.File.Name);
                }

                return Task.CompletedTask;
            },
        };
        IndexedRepository indexed = await TestRepository.IndexedAsync(backend, Options);
        index = indexed.Index;
        await using BlobWriter writer = indexed.StartWriting();
        for (int i = 0; i < 12; i++)
        {
            await writer.SaveAsync(indexed.Repository, _random.Bytes(1 << 20));
        }

        (await _memory.ListAllAsync(FileType.Index)).ShouldBeEmpty(); // D3
        await writer.CompleteAsync(Cancellation);
        early.ShouldBe(0);
        index.Packs.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_long_run_writes_an_index_now_and_then()
    {
        var time = new FakeTime();
        IndexedRepository indexed = await TestRepository.IndexedAsync(_memory, Options with { Time = time });
        await using BlobWriter writer = indexed.StartWriting();
        for (int i = 0; i < 40 && (await _memory.ListAllAsync(FileType.Index)).Count == 0; i++)
        {
            time.Advance(TimeSpan.FromMinutes(6));
            await writer.SaveAsync(indexed.Repository, _random.Bytes(4 << 20));
        }

        (await _memory.ListAllAsync(FileType.Index)).Count.ShouldBeGreaterThan(0);
        await writer.CompleteAsync(Cancellation);
        (await TestRepository.IndexedAsync(_memory)).Index.Count.ShouldBe(indexed.Index.Count);
    }
}
