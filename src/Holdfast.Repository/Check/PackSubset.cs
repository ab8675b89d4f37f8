using System.Globalization;
using System.Security.Cryptography;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>A choice among packs, as restic's <c>--read-data-subset</c> has it. Immutable.</summary>
public sealed class PackSubset
{
    /// <summary>Every pack.</summary>
    public static readonly PackSubset All = new(static packs => packs);

    private readonly Func<List<BackendEntry>, List<BackendEntry>> _choose;

    private PackSubset(Func<List<BackendEntry>, List<BackendEntry>> choose) => _choose = choose;

    /// <summary>From <c>2/5</c> (the second of five equal parts), <c>10%</c> or <c>2.5%</c>, or a size such as <c>500M</c> (both at random).</summary>
    /// <exception cref="FormatException">The text is none of these; the message says so.</exception>
    public static PackSubset Parse(string text)
    {
        int slash = text.IndexOf('/');
        if (slash > 0 && uint.TryParse(text.AsSpan(0, slash), out uint part) && uint.TryParse(text.AsSpan(slash + 1), out uint parts)
            && part >= 1 && part <= parts && parts <= 256)
        {
            // By the first byte of the id, so that n runs with 1/n to n/n read everything once.
            return new(packs => [.. packs.Where(p => Convert.ToByte(p.File.Name[..2], 16) % parts == part - 1)]);
        }

        if (text.EndsWith('%') && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent)
            && percent is > 0 and <= 100)
        {
            return new(packs => [.. Shuffled(packs).Take((int)Math.Max(1, Math.Ceiling(packs.Count * percent / 100)))]);
        }

        return TryParseSize(text, out long size)
            ? new(packs => UpTo(Shuffled(packs), size))
            : throw new FormatException($"'{text}' is no subset: write n/t with n from 1 to t and t to 256, a percentage such as 10%, or a size such as 500M");
    }

    internal List<BackendEntry> Choose(List<BackendEntry> packs) => _choose(packs);

    private static BackendEntry[] Shuffled(List<BackendEntry> packs)
    {
        BackendEntry[] shuffled = [.. packs];
        RandomNumberGenerator.Shuffle(shuffled.AsSpan());
        return shuffled;
    }

    private static List<BackendEntry> UpTo(BackendEntry[] packs, long size)
    {
        var chosen = new List<BackendEntry>();
        foreach (BackendEntry pack in packs)
        {
            if (size <= 0)
            {
                break;
            }

            chosen.Add(pack);
            size -= pack.Size;
        }

        return chosen;
    }

    private static bool TryParseSize(string text, out long size)
    {
        size = 0;
        if (text.Length == 0)
        {
            return false;
        }

        int shift = char.ToLowerInvariant(text[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, 't' => 40, _ => 0 };
        ReadOnlySpan<char> digits = shift > 0 ? text.AsSpan(0, text.Length - 1) : text;
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number <= 0 || number > long.MaxValue >> shift)
        {
            return false;
        }

        size = number << shift;
        return true;
    }
}
