using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests;

public sealed class PackWindowTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2 << 20)] // one request
    [InlineData((2 << 20) + 1)]
    [InlineData(40 << 20)]
    public async Task Parts_come_whole_in_turn_and_the_hash_is_that_of_the_pack(int size)
    {
        Random random = Seeded.Random();
        byte[] pack = random.Bytes(size);
        var backend = new MemoryBackend();
        var file = new BackendFile(FileType.Pack, Hash256.Of(pack).ToString());
        await backend.SaveAsync(file, pack, Cancellation);
        using var window = new PackWindow(backend);
        for (int round = 0; round < 2; round++) // the second with the memory of the first
        {
            window.Begin(file);
            for (long at = 0; at < size;)
            {
                // Small ones, some longer than the largest chunk, and gaps as a damaged index may have them.
                int length = random.Next(10) == 0 ? random.Next(12 << 20) : random.Next(1 << 20);
                at += random.Next(4) == 0 ? random.Next(5 << 20) : 0;
                Memory<byte> part = await window.TakeAsync(at, length, Cancellation);
                int there = (int)Math.Clamp(size - at, 0, length);
                part.Length.ShouldBe(there);
                part.Span.SequenceEqual(pack.AsSpan((int)Math.Min(at, size), there)).ShouldBeTrue($"{length} bytes at {at}");
                part.Span.Clear(); // it may be changed at will
                at += length;
            }

            (await window.FinishAsync(Cancellation)).ShouldBe((size, Hash256.Of(pack)));
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
