using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests;

/// <summary>Repositories without a password, for tests that have nothing to do with keys: scrypt costs 0.4 s an opening.</summary>
internal static class TestRepository
{
    internal const int SmallestPack = 4 << 20;

    internal static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The key that all of them have.</summary>
    internal static MasterKey Key => MasterKey.FromBytes([.. Enumerable.Range(1, 64).Select(i => (byte)i)]);

    internal static OpenRepository Open(IBackend backend, RepositoryOptions? options = null, int version = 2) => new(
        backend, new(version, new('d', 64), new Polynomial(0x3DA3358B4DC173)), Key,
        default, options ?? new() { PackSize = SmallestPack });

    internal static async Task<IndexedRepository> IndexedAsync(IBackend backend, RepositoryOptions? options = null, int version = 2) =>
        await Open(backend, options, version).LoadIndexAsync(null, Cancellation);

    /// <summary>Saves one blob of content with a codec of its own.</summary>
    internal static async Task<SavedBlob> SaveAsync(this BlobWriter writer, OpenRepository repository, byte[] plain, BlobType type = BlobType.Data)
    {
        BlobCodec codec = repository.RentCodec();
        try
        {
            return await writer.SaveAsync(Handle(plain, type), plain, codec, Cancellation);
        }
        finally
        {
            repository.ReturnCodec(codec);
        }
    }

    internal static BlobHandle Handle(byte[] plain, BlobType type = BlobType.Data) => new(type, Hash256.Of(plain));

    /// <summary>What lies in the packs, as their own headers tell.</summary>
    internal static async Task<List<PackEntry>> HeadersAsync(OpenRepository repository, IBackend backend)
    {
        var entries = new List<PackEntry>();
        foreach (BackendEntry pack in await backend.ListAllAsync(FileType.Pack))
        {
            byte[] content = await backend.ReadAllAsync(pack.File);
            Hash256.Of(content).ToString().ShouldBe(pack.File.Name);
            int length = BitConverter.ToInt32(content, content.Length - PackHeader.LengthField);
            Span<byte> header = content.AsSpan(content.Length - PackHeader.LengthField - length, length);
            BlobCodec codec = repository.RentCodec();
            codec.Sealer.TryOpenInPlace(header).ShouldBeTrue();
            entries.AddRange(PackHeader.Read(
                header[Sealer.IvLength..^Linux.Poly1305.TagLength], new(Hash256.Parse(pack.File.Name)), content.Length - PackHeader.LengthField - length));
            repository.ReturnCodec(codec);
        }

        return entries;
    }
}
