using System.Text;

namespace Holdfast.DataSet;

/// <summary>4,096 pronounceable words, the frequent ones short, as in a language.</summary>
internal static class Vocabulary
{
    private const int Bits = 12;

    private static readonly string[] s_onsets =
        ["b", "br", "c", "ch", "d", "f", "g", "h", "k", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr", "v"];

    private static readonly string[] s_ends =
        ["a", "e", "i", "o", "u", "al", "an", "ar", "en", "er", "es", "in", "ing", "ion", "is", "on", "or", "ou", "um", "us"];

    private static readonly byte[][] s_words = Coin();

    /// <summary>A word as often as its rank deserves (Zipf's law).</summary>
    public static byte[] Word(RepeatableRandom random) => s_words[random.Skewed(Bits)];

    private static byte[][] Coin()
    {
        var random = new RepeatableRandom(0x766F636162756C61, 0);
        var words = new byte[1 << Bits][];
        for (int rank = 0; rank < words.Length; rank++)
        {
            int syllables = 1 + (rank >= 32 ? 1 : 0) + random.Below(rank >= 512 ? 3 : 2);
            var word = new StringBuilder();
            for (int i = 0; i < syllables; i++)
                word.Append(s_onsets[random.Below(s_onsets.Length)]).Append(s_ends[random.Below(s_ends.Length)]);
            words[rank] = Encoding.ASCII.GetBytes(word.ToString());
        }

        return words;
    }
}
