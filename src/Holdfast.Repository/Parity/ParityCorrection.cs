using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Computes what a damaged or missing pack held, and puts it back. Memory: the pack twice, while it lasts.</summary>
internal sealed class ParityCorrection(IBackend backend)
{
    private const int Stretch = 1 << 20;

    /// <summary>What a pack held, proven by its name.</summary>
    /// <param name="Content">The whole pack; null where it could not be corrected.</param>
    /// <param name="Problem">Why not; null where there is no parity at all.</param>
    internal readonly record struct Result(byte[]? Content, int Sectors, string? Problem);

    /// <summary>Reads what is left of a pack and corrects it in memory.</summary>
    /// <exception cref="BackupException">The backend cannot be asked at all.</exception>
    internal async Task<Result> TryAsync(PackId pack, CancellationToken cancellation)
    {
        if (await LoadAsync(pack, cancellation).ConfigureAwait(false) is not { } parity)
        {
            return default;
        }

        if (ParityFile.TryRead(pack, parity) is not { } file)
        {
            return new(null, 0, "its parity is damaged, too");
        }

        var content = new byte[file.Layout.PackLength];
        await ReadWhatIsLeftAsync(new(FileType.Pack, pack.ToString()), content, cancellation).ConfigureAwait(false);
        string? problem = ParityDecoder.Correct(file, content, out int sectors);
        return problem is not null ? new(null, sectors, problem)
            : Hash256.Of(content) == pack.Hash ? new(content, sectors, null)
            : new(null, sectors, "its parity does not fit it");
    }

    /// <summary>D21: only a pack that its own hash has proven takes the place of the damaged one, in one rename.</summary>
    /// <exception cref="BackupException"/>
    internal Task ReplaceAsync(PackId pack, byte[] proven, CancellationToken cancellation) =>
        backend.SaveAsync(new(FileType.Pack, pack.ToString()), proven, cancellation);

    /// <summary>The file of a pack's parity, as far as it can be read; null where there is none.</summary>
    internal async Task<byte[]?> LoadAsync(PackId pack, CancellationToken cancellation)
    {
        var file = new BackendFile(FileType.Parity, pack.ToString());
        if (await backend.FindSizeAsync(file, cancellation).ConfigureAwait(false) is not { } size)
        {
            return null;
        }

        var content = new byte[Math.Min(size, 3L * ParityLayout.LargestPack)];
        await ReadWhatIsLeftAsync(file, content, cancellation).ConfigureAwait(false);
        return content;
    }

    /// <summary>Where a stretch cannot be read, each sector is asked for by itself; zeros take the place of those that cannot.</summary>
    private async Task ReadWhatIsLeftAsync(BackendFile file, Memory<byte> content, CancellationToken cancellation)
    {
        for (int from = 0; from < content.Length; from += Stretch)
        {
            Memory<byte> stretch = content[from..Math.Min(content.Length, from + Stretch)];
            if (await TryReadAsync(file, from, stretch, cancellation).ConfigureAwait(false))
            {
                continue;
            }

            for (int at = 0; at < stretch.Length; at += ParityLayout.Sector)
            {
                Memory<byte> sector = stretch[at..Math.Min(stretch.Length, at + ParityLayout.Sector)];
                if (!await TryReadAsync(file, from + at, sector, cancellation).ConfigureAwait(false))
                {
                    sector.Span.Clear();
                }
            }
        }
    }

    private async Task<bool> TryReadAsync(BackendFile file, long offset, Memory<byte> target, CancellationToken cancellation)
    {
        try
        {
            await backend.ReadAsync(file, offset, target, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.NotFound)
        {
            return true; // all zeros, then
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Unreachable)
        {
            return false;
        }
    }
}
