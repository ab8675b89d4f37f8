namespace Holdfast.Repository;

/// <summary>Finds the damaged sectors of a pack by their checksums, and computes what they held from the parity.</summary>
internal static class ParityDecoder
{
    /// <summary>Corrects a pack in place; whether it is right then only its hash can prove.</summary>
    /// <param name="content">As long as the pack was, with anything where it is damaged or missing.</param>
    /// <param name="corrected">How many sectors were damaged.</param>
    /// <returns>Null where all were corrected, else why not.</returns>
    internal static string? Correct(ParityFile file, Span<byte> content, out int corrected)
    {
        // The last sector ends with the pack; decoding is simpler where it does not.
        ParityLayout layout = file.Layout;
        var padded = new byte[layout.Sectors * ParityLayout.Sector];
        content.CopyTo(padded);
        corrected = 0;
        for (int stripe = 0; stripe < layout.Stripes; stripe++)
        {
            List<int> lost = FindLost(file, stripe, padded);
            corrected += lost.Count;
            if (lost.Count > 0 && !TryCorrect(file, stripe, lost, padded, out int parity))
            {
                return $"{lost.Count} of its sectors that stand together are damaged, and the parity can correct {parity}";
            }
        }

        padded.AsSpan(0, content.Length).CopyTo(content);
        return null;
    }

    private static List<int> FindLost(ParityFile file, int stripe, ReadOnlySpan<byte> padded)
    {
        var lost = new List<int>();
        for (int sector = stripe, row = 0; sector < file.Layout.Sectors; sector += file.Layout.Stripes, row++)
        {
            if (!file.IsGood(sector, padded.Slice(sector * ParityLayout.Sector, ParityLayout.Sector)))
            {
                lost.Add(row);
            }
        }

        return lost;
    }

    /// <summary>
    /// A parity sector, less what the good sectors contribute, is a sum of multiples of the lost ones: as many equations
    /// as sectors are lost, and their matrix can be inverted.
    /// </summary>
    private static bool TryCorrect(ParityFile file, int stripe, List<int> lost, Span<byte> padded, out int available)
    {
        ParityLayout layout = file.Layout;
        int[] rows = [.. Enumerable.Range(0, layout.ParityRows).Where(row => !file.TryParity(stripe, row).IsEmpty)];
        available = rows.Length;
        if (rows.Length < lost.Count)
        {
            return false;
        }

        Array.Resize(ref rows, lost.Count);
        byte[][] sums = [.. rows.Select(row => file.TryParity(stripe, row).ToArray())];
        for (int sector = stripe, row = 0; sector < layout.Sectors; sector += layout.Stripes, row++)
        {
            if (!lost.Contains(row))
            {
                for (int i = 0; i < rows.Length; i++)
                {
                    GaloisField.MultiplyAdd(ParityLayout.Factor(rows[i], row), padded.Slice(sector * ParityLayout.Sector, ParityLayout.Sector), sums[i]);
                }
            }
        }

        byte[,] inverse = Invert(rows, lost);
        for (int i = 0; i < lost.Count; i++)
        {
            Span<byte> target = padded.Slice(((lost[i] * layout.Stripes) + stripe) * ParityLayout.Sector, ParityLayout.Sector);
            target.Clear();
            for (int j = 0; j < sums.Length; j++)
            {
                GaloisField.MultiplyAdd(inverse[i, j], sums[j], target);
            }
        }

        return true;
    }

    /// <summary>Gauss and Jordan's way. No pivot is zero, because every square part of a Cauchy matrix can be inverted.</summary>
    private static byte[,] Invert(int[] parityRows, List<int> dataRows)
    {
        int size = parityRows.Length;
        var left = new byte[size, size];
        var right = new byte[size, size];
        for (int i = 0; i < size; i++)
        {
            right[i, i] = 1;
            for (int j = 0; j < size; j++)
            {
                left[i, j] = ParityLayout.Factor(parityRows[i], dataRows[j]);
            }
        }

        for (int pivot = 0; pivot < size; pivot++)
        {
            byte scale = GaloisField.Invert(left[pivot, pivot]);
            for (int j = 0; j < size; j++)
            {
                left[pivot, j] = GaloisField.Multiply(left[pivot, j], scale);
                right[pivot, j] = GaloisField.Multiply(right[pivot, j], scale);
            }

            for (int i = 0; i < size; i++)
            {
                byte factor = left[i, pivot];
                for (int j = 0; j < size && i != pivot; j++)
                {
                    left[i, j] ^= GaloisField.Multiply(factor, left[pivot, j]);
                    right[i, j] ^= GaloisField.Multiply(factor, right[pivot, j]);
                }
            }
        }

        return right;
    }
}
