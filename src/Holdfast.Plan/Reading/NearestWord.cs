namespace Holdfast.Plan;

/// <summary>Finds the word that somebody may have meant.</summary>
internal static class NearestWord
{
    /// <summary>The word that is nearest to a mistyped one; null where none is near.</summary>
    internal static string? Find(string typed, IEnumerable<string> words)
    {
        int most = Math.Max(1, typed.Length / 3);
        return words.Select(w => (Word: w, Steps: Steps(typed.ToLowerInvariant(), w))).Where(c => c.Steps <= most).OrderBy(c => c.Steps)
            .Select(c => c.Word).FirstOrDefault();
    }

    /// <summary>How many letters have to be put in, taken out, changed, or swapped with the next, to make one of the other.</summary>
    private static int Steps(string from, string to)
    {
        var steps = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++)
        {
            for (int j = 0; j <= to.Length; j++)
            {
                steps[i, j] = i == 0 || j == 0 ? i + j : Math.Min(
                    Math.Min(steps[i - 1, j], steps[i, j - 1]) + 1,
                    steps[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
                }
            }
        }

        return steps[from.Length, to.Length];
    }
}
