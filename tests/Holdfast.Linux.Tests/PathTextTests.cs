using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Fixtures;

namespace Holdfast.Linux.Tests;

public sealed class PathTextTests
{
    /// <summary>Pieces that a decoder of UTF-8 may take wrongly: halves, overlong forms, surrogates, and real characters.</summary>
    private static readonly byte[][] Pieces =
    [
        "a"u8.ToArray(), "é"u8.ToArray(), "€"u8.ToArray(), "😀"u8.ToArray(), "𐲀"u8.ToArray(), [0xC3], [0x80], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80],
        [0xED, 0xB2, 0x80], [0xF0, 0x9F, 0x98], [0xF0, 0x9F], [0xE2, 0x82], [0xF5, 0x80, 0x80, 0x80], [0xEF, 0xBF, 0xBD], [0x0A], [0x7F],
    ];

    [Fact]
    public void Any_bytes_come_back_unchanged() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000),
            Prop.ForAll<byte[]>(bytes => PathText.Encode(PathText.Decode(bytes)).AsSpan().SequenceEqual(bytes)));

    [Fact]
    public void Any_mixture_of_good_and_broken_utf8_comes_back_unchanged()
    {
        Arbitrary<byte[][]> mixtures = Gen.ArrayOf(Gen.Elements(Pieces)).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(mixtures, pieces =>
        {
            byte[] bytes = [.. pieces.SelectMany(p => p)];
            return PathText.Encode(PathText.Decode(bytes)).AsSpan().SequenceEqual(bytes);
        }));
    }

    [Fact]
    public void Valid_utf8_is_decoded_as_itself() => PathText.Decode("Grüße 😀"u8).ShouldBe("Grüße 😀");

    [Fact]
    public void A_byte_that_is_no_utf8_becomes_one_lone_low_surrogate() =>
        PathText.Decode([(byte)'a', 0xFF, (byte)'b']).ShouldBe("a\uDCFFb");

    [Fact]
    public void A_character_whose_low_surrogate_looks_like_an_escape_is_not_taken_for_one()
    {
        string text = char.ConvertFromUtf32(0x10C80); // D803 DC80
        text[1].ShouldBe('\uDC80');
        PathText.Encode(text).ShouldBe(Encoding.UTF8.GetBytes(text));
        PathText.Encode(text + "\uDC80" + text).ShouldBe([.. Encoding.UTF8.GetBytes(text), 0x80, .. Encoding.UTF8.GetBytes(text)]);
    }

    [Fact]
    public void Different_bytes_never_become_the_same_text()
    {
        Random random = Seeded.Random();
        var seen = new Dictionary<string, byte[]>();
        for (int i = 0; i < 5000; i++)
        {
            byte[] bytes = [.. Enumerable.Range(0, random.Next(1, 5)).SelectMany(_ => Pieces[random.Next(Pieces.Length)])];
            string text = PathText.Decode(bytes);
            if (seen.TryGetValue(text, out byte[]? other))
            {
                other.ShouldBe(bytes);
            }

            seen[text] = bytes;
        }
    }

    [Fact]
    public void Any_text_at_all_can_be_encoded() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000),
            Prop.ForAll<char[]>(text => PathText.Encode(text).Length <= Encoding.UTF8.GetMaxByteCount(text.Length)));

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("Grüße 😀", "Grüße 😀")]
    [InlineData("a\nb\tc\rd", "a\\nb\\tc\\rd")]
    [InlineData("\u001b[31m", "\\x1b[31m")]
    [InlineData("\u007f", "\\x7f")]
    public void Printable_shows_a_name_on_one_line(string text, string shown) => PathText.Printable(text).ShouldBe(shown);

    [Fact]
    public void Printable_shows_a_byte_that_is_no_utf8_by_its_number() =>
        PathText.Printable(PathText.Decode([(byte)'a', 0xFF, (byte)'b'])).ShouldBe("a\\xffb");

    [Fact]
    public void Printable_text_has_neither_controls_nor_lone_surrogates() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll<byte[]>(bytes =>
        {
            string shown = PathText.Printable(PathText.Decode(bytes));
            return !shown.Any(char.IsControl) && shown.EnumerateRunes().All(r => r != Rune.ReplacementChar || shown.Contains('\uFFFD'));
        }));
}
