namespace Holdfast.Repository;

/// <summary>
/// How a pack and its parity are divided: docs/format.md, "holdfast/parity". Sectors go to stripes in turn, so that
/// neighbours, which fail together, lie in different ones; each stripe has parity sectors of its own, in turn as well.
/// </summary>
/// <param name="PackLength">In bytes.</param>
/// <param name="ParityRows">Parity sectors of each stripe: as many lost sectors of it can be corrected.</param>
internal readonly record struct ParityLayout(long PackLength, int Stripes, int ParityRows)
{
    /// <summary>In bytes: what disks and file systems lose at once.</summary>
    internal const int Sector = 4096;

    /// <summary>In bytes. A pack and its parity, which is as long at most, are held in memory; restic's largest are 128 MiB and one blob.</summary>
    internal const long LargestPack = 512 << 20;

    /// <summary>Sectors of data and parity in a stripe: the elements of the field.</summary>
    private const int MostRows = 256;

    internal int Sectors => (int)((PackLength + Sector - 1) / Sector);

    internal int DataRows => (Sectors + Stripes - 1) / Stripes;

    internal int ParitySectors => Stripes * ParityRows;

    /// <summary>Whether a stripe fits the field, and numbers read from a file make sense.</summary>
    internal bool IsValid =>
        PackLength is > 0 and <= LargestPack && Stripes > 0 && Stripes <= Sectors && ParityRows > 0 && ParityRows <= DataRows && DataRows + ParityRows <= MostRows;

    /// <summary>The layout for a pack where parity is to take this share of its size; one sector at least.</summary>
    internal static ParityLayout For(long packLength, double percent)
    {
        var single = new ParityLayout(packLength, 1, 1);
        int mostData = Math.Max(1, (int)((MostRows - 1) / (1 + (percent / 100))));
        int stripes = (single.Sectors + mostData - 1) / mostData;
        int rows = (single.Sectors + stripes - 1) / stripes;
        return new(packLength, stripes, Math.Max(1, (int)Math.Ceiling(rows * percent / 100)));
    }

    /// <summary>The factor by which a data sector counts in a parity sector of its stripe: a Cauchy matrix, every square part of which can be inverted.</summary>
    internal static byte Factor(int parityRow, int dataRow) => GaloisField.Invert((byte)((MostRows - 1 - parityRow) ^ dataRow));
}
