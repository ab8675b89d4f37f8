using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Bench;

/// <summary>
/// A repository whose index names very many blobs, in packs that are not there: for measuring what the index alone costs in
/// memory and time. Its password is <c>password</c>.
/// </summary>
internal static class ManyBlobs
{
    /// <summary>As many as packs of 16 MiB have of usual chunks.</summary>
    private const int BlobsInPack = 25;

    internal static async Task<int> WriteAsync(string folder, int count)
    {
        await using OpenRepository repository = await Repository.Repository.InitializeAsync(
            new LocalBackend(folder), "password", new(), null, CancellationToken.None);
        var random = new Random(1);
        byte[] hash = new byte[Hash256.Size];
        using var writer = new IndexWriter(repository, null);
        for (int written = 0; written < count; written += BlobsInPack)
        {
            PackId pack = new(Next());
            await writer.AddAsync(
                [.. Enumerable.Range(0, BlobsInPack).Select(i => new PackEntry(
                    new(i == 0 ? BlobType.Tree : BlobType.Data, Next()), new(pack, (uint)i * 650_000, 650_000, 1_300_000)))],
                CancellationToken.None);
        }

        await writer.FlushAsync(CancellationToken.None);
        return 0;

        Hash256 Next()
        {
            random.NextBytes(hash);
            return new(hash);
        }
    }
}
