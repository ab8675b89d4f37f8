using System.Text;
using Holdfast.Linux;

namespace Holdfast.Cli.Terminal;

/// <summary><see cref="PathText"/> as an encoding, for a writer.</summary>
internal sealed class PathEncoding : Encoding
{
    internal static readonly PathEncoding Instance = new();

    public override string EncodingName => UTF8.EncodingName;

    public override string WebName => UTF8.WebName;

    public override Encoder GetEncoder() => new PairingEncoder();

    public override int GetByteCount(char[] chars, int index, int count) => PathText.Encode(chars.AsSpan(index, count)).Length;

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex)
    {
        byte[] encoded = PathText.Encode(chars.AsSpan(charIndex, charCount));
        encoded.CopyTo(bytes, byteIndex);
        return encoded.Length;
    }

    public override int GetCharCount(byte[] bytes, int index, int count) => PathText.Decode(bytes.AsSpan(index, count)).Length;

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
    {
        string text = PathText.Decode(bytes.AsSpan(byteIndex, byteCount));
        text.CopyTo(0, chars, charIndex, text.Length);
        return text.Length;
    }

    public override int GetMaxByteCount(int charCount) => checked((charCount + 1) * 3);

    public override int GetMaxCharCount(int byteCount) => byteCount + 1;

    /// <summary>A writer hands over its buffer whenever it is full, and the two halves of one character may end up in two of them.</summary>
    private sealed class PairingEncoder : Encoder
    {
        private char _high;

        public override int GetByteCount(char[] chars, int index, int count, bool flush) =>
            PathText.Encode(Join(chars.AsSpan(index, count), flush, out _)).Length;

        public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex, bool flush)
        {
            byte[] encoded = PathText.Encode(Join(chars.AsSpan(charIndex, charCount), flush, out _high));
            encoded.CopyTo(bytes, byteIndex);
            return encoded.Length;
        }

        private ReadOnlySpan<char> Join(ReadOnlySpan<char> chars, bool flush, out char high)
        {
            ReadOnlySpan<char> all = _high == default ? chars : (char[])[_high, .. chars];
            bool isCut = !flush && !all.IsEmpty && char.IsHighSurrogate(all[^1]);
            high = isCut ? all[^1] : default;
            return isCut ? all[..^1] : all;
        }
    }
}
