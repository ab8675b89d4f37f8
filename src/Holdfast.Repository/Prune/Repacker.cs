using System.Collections.Concurrent;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Copies what is used in packs that are to go into new packs, several packs at a time. What a kill leaves are whole packs,
/// indexed as they come: the next prune finds their blobs stored twice, and goes on from there.
/// </summary>
/// <param name="chosen">The entries that count as used.</param>
internal sealed class Repacker(IndexedRepository repository, PackContents contents, EntryBits chosen, PruneOptions options)
{
    /// <exception cref="BackupException">Kind Corrupt: a used blob has no place from which it can be read.</exception>
    internal async Task RunAsync(IReadOnlyCollection<PackId> packs, StageProgress progress, CancellationToken cancellation)
    {
        progress.Begin("repacking", packs.Count);
        BlobWriter writer = repository.StartWriting();
        await using (writer.ConfigureAwait(false))
        {
            await CopyAsync(packs, writer, progress, cancellation).ConfigureAwait(false);
            await writer.CompleteAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async Task CopyAsync(IReadOnlyCollection<PackId> packs, BlobWriter writer, StageProgress progress, CancellationToken cancellation)
    {
        var copiers = new ConcurrentBag<BlobCopier>();
        bool compress = repository.Repository.Config.CanCompress;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        await Parallel.ForEachAsync(packs, parallel, async (pack, token) =>
        {
            List<PackEntry> wanted = Wanted(pack);

            // Trees are always compressed today; content as it is, unless asked for.
            bool compressesPack = compress && (options.RepackUncompressed || wanted.TrueForAll(e => e.Blob.Type == BlobType.Tree));
            if (!copiers.TryTake(out BlobCopier? copier))
            {
                copier = new(repository, writer);
            }

            await copier.CopyAsync(pack, wanted, compressesPack, (blob, problem) => CopyFromElsewhereAsync(writer, blob, problem, token), token).ConfigureAwait(false);
            copiers.Add(copier);
            progress.Advance();
        }).ConfigureAwait(false);
    }

    /// <summary>The blobs that count as stored in this pack: that another has one too says little, it was not proven there (D27).</summary>
    private List<PackEntry> Wanted(PackId pack)
    {
        var wanted = new List<PackEntry>();
        foreach (int number in contents.NumbersOf(pack))
        {
            if (chosen[number])
            {
                wanted.Add(repository.Index.Entry(number));
            }
        }

        return wanted;
    }

    private async ValueTask CopyFromElsewhereAsync(BlobWriter writer, PackEntry blob, BackupException problem, CancellationToken cancellation)
    {
        if (await BlobCopier.TryCopyFromElsewhereAsync(repository, writer, blob, cancellation).ConfigureAwait(false))
        {
            return;
        }

        throw BackupException.Corrupt(
            $"{problem.Message}: {blob.Blob} is in use and cannot be read, so nothing is removed; `holdfast repair packs {blob.Location.Pack}` saves what can be read of that pack");
    }
}
