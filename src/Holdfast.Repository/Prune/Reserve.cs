using System.Security.Cryptography;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Room kept free for the day the disk is full: pruning must write before it may remove. Files of random bytes, because some
/// file systems give zeros no room, and others promise room they do not have; beside what stock restic knows of.
/// </summary>
internal sealed class Reserve(IBackend backend, StageProgress progress)
{
    private const int Part = 16 << 20;
    private const int Parts = 4;

    /// <summary>Less is not worth a file.</summary>
    private const int SmallestPart = 256 << 10;

    /// <summary>Bytes given up in this run.</summary>
    internal long GivenUp { get; private set; }

    /// <summary>Does something that writes; where there is no room for it, once more after giving up the reserve.</summary>
    /// <exception cref="BackupException"/>
    internal async Task<T> WithRoomAsync<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.NoSpace)
        {
            if (!await GiveUpAsync(cancellation).ConfigureAwait(false))
            {
                throw;
            }
        }

        return await work().ConfigureAwait(false);
    }

    /// <summary>Removes the reserve; false where there was none.</summary>
    internal async Task<bool> GiveUpAsync(CancellationToken cancellation)
    {
        long before = GivenUp;
        await foreach (BackendEntry entry in backend.ListAsync(FileType.Reserve, cancellation).ConfigureAwait(false))
        {
            await backend.RemoveAsync(entry.File, cancellation).ConfigureAwait(false);
            GivenUp += entry.Size;
        }

        if (GivenUp > before)
        {
            progress.Note($"the disk is full: giving up the reserve of {GivenUp >> 10} KiB kept for this");
        }

        return GivenUp > before;
    }

    /// <summary>
    /// Makes a reserve where there is none, as far as there is room: a hundredth of what is free at most, and a tenth of
    /// what is stored, because what a prune must write, new indexes above all, is a small part of that.
    /// </summary>
    /// <param name="stored">Bytes of blobs in the repository.</param>
    internal async Task MakeAsync(long stored, CancellationToken cancellation)
    {
        await foreach (BackendEntry _ in backend.ListAsync(FileType.Reserve, cancellation).ConfigureAwait(false))
        {
            return;
        }

        if (await backend.FindFreeSpaceAsync(cancellation).ConfigureAwait(false) is not { } free)
        {
            return;
        }

        int part = (int)Math.Min(Part, Math.Min(free / 100, stored / 10) / Parts);
        try
        {
            for (int i = 0; i < Parts && part >= SmallestPart; i++)
            {
                byte[] content = RandomNumberGenerator.GetBytes(part);
                await backend.SaveAsync(new(FileType.Reserve, Hash256.Of(content).ToString()), content, cancellation).ConfigureAwait(false);
            }
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.NoSpace)
        {
            progress.Detail("there is no room for a reserve now; the next prune makes it");
        }
    }
}
