using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Makes the parity of packs and stores it beside them. Keeps its memory, that of the largest parity so far; one thread at a time.
/// </summary>
internal sealed class ParityEncoder(IBackend backend)
{
    private readonly byte[] _last = new byte[ParityLayout.Sector];
    private byte[] _file = [];

    /// <summary>Stores the parity of a pack that is durable already (D22).</summary>
    /// <returns>False where the pack is too large for parity.</returns>
    /// <exception cref="BackupException"/>
    internal async Task<bool> SaveAsync(PackId pack, ReadOnlyMemory<byte> content, double percent, CancellationToken cancellation)
    {
        if (content.Length > ParityLayout.LargestPack)
        {
            return false;
        }

        await backend.SaveAsync(new(FileType.Parity, pack.ToString()), Encode(pack, content.Span, percent), cancellation).ConfigureAwait(false);
        return true;
    }

    /// <summary>The parity of a pack as it is stored. Valid until the next call.</summary>
    internal ReadOnlyMemory<byte> Encode(PackId pack, ReadOnlySpan<byte> content, double percent)
    {
        ParityLayout layout = ParityLayout.For(content.Length, percent);
        int length = (int)ParityFile.Length(layout);
        if (_file.Length < length)
        {
            _file = GC.AllocateUninitializedArray<byte>(length);
        }

        Span<byte> file = _file.AsSpan(0, length);
        Span<byte> parity = file[ParityFile.ParityRange(layout)];
        parity.Clear();
        for (int stripe = 0; stripe < layout.Stripes; stripe++)
        {
            for (int sector = stripe, row = 0; sector < layout.Sectors; sector += layout.Stripes, row++)
            {
                Add(SectorOf(content, sector), stripe, row, layout, parity);
            }
        }

        ParityFile.WriteHeads(pack, content, layout, file);
        return _file.AsMemory(0, length);
    }

    private static void Add(ReadOnlySpan<byte> data, int stripe, int row, ParityLayout layout, Span<byte> parity)
    {
        for (int parityRow = 0; parityRow < layout.ParityRows; parityRow++)
        {
            int number = (parityRow * layout.Stripes) + stripe;
            GaloisField.MultiplyAdd(ParityLayout.Factor(parityRow, row), data, parity.Slice(number * ParityLayout.Sector, ParityLayout.Sector));
        }
    }

    private ReadOnlySpan<byte> SectorOf(ReadOnlySpan<byte> content, int sector)
    {
        ReadOnlySpan<byte> data = content[(sector * ParityLayout.Sector)..];
        if (data.Length >= ParityLayout.Sector)
        {
            return data[..ParityLayout.Sector];
        }

        _last.AsSpan().Clear();
        data.CopyTo(_last);
        return _last;
    }
}
