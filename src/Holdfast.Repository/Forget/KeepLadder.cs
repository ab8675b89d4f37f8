using System.Globalization;

namespace Holdfast.Repository;

/// <summary>
/// Keeps by count of runs: <c>7,4,12</c> is the newest 7, every 7th for 4 of them, and every 28th for 12. Absence costs
/// nothing, because days do not count.
/// </summary>
public sealed class KeepLadder
{
    private readonly int[] _steps;

    private KeepLadder(int[] steps) => _steps = steps;

    /// <exception cref="FormatException">One sentence.</exception>
    public static KeepLadder Parse(string text)
    {
        var steps = new List<int>();
        long product = 1;
        foreach (string word in text.Split(','))
        {
            if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int step) || step == 0 || (product *= step) > int.MaxValue)
            {
                throw new FormatException($"'{text}' is no ladder: write counts of snapshots, from 1, like 7,4,12");
            }

            steps.Add(step);
        }

        return new([.. steps]);
    }

    public override string ToString() => string.Join(',', _steps);

    /// <summary>Which steps keep each of the snapshots.</summary>
    /// <param name="newestFirst">Their run numbers.</param>
    internal List<string>[] Decide(IReadOnlyList<long> newestFirst)
    {
        List<string>[] reasons = [.. newestFirst.Select(_ => new List<string>())];
        long every = 1;
        foreach (int step in _steps)
        {
            int left = step;
            for (int i = 0; i < newestFirst.Count && left > 0; i++)
            {
                if (newestFirst[i] % every == 0)
                {
                    reasons[i].Add(every == 1 ? "ladder: newest" : $"ladder: 1 in {every}");
                    left--;
                }
            }

            every *= step;
        }

        return reasons;
    }
}
