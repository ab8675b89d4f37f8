using System.Globalization;

namespace Holdfast.Cli.Commands;

/// <summary>Sizes as users write them: bytes, or with k, M, G or T for powers of 1024.</summary>
internal static class Sizes
{
    /// <param name="option">What was given the size, for the message.</param>
    /// <param name="others">What else may be written there, behind a comma; empty for nothing.</param>
    /// <exception cref="UsageException"/>
    internal static long Parse(string text, string option, string others = "")
    {
        string digits = text.TrimEnd('b', 'B', 'i');
        int shift = digits.Length == 0 ? 0 : char.ToLowerInvariant(digits[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, 't' => 40, _ => 0 };
        return long.TryParse(shift > 0 ? digits[..^1] : digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && number <= long.MaxValue >> shift
            ? number << shift
            : throw new UsageException($"{option} '{text}' is no size: write bytes, or 100k, 5M, 2G, 1T{others}");
    }
}
