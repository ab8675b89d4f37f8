using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Holdfast.Repository.Tests.Tree;

public sealed class GoQuoteTests
{
    [Theory]
    [InlineData("plain name.txt", "plain name.txt")]
    [InlineData("a\"b\\c", "a\\\"b\\\\c")]
    [InlineData("\a\b\f\n\r\t\v", "\\a\\b\\f\\n\\r\\t\\v")]
    [InlineData("\u0001\u001f\u007f", "\\x01\\x1f\\x7f")]
    [InlineData("Grüße €😀", "Grüße €😀")]
    [InlineData("\u0085\u00a0\u00ad\u2028\u200b\ufeff\ue000", "\\u0085\\u00a0\\u00ad\\u2028\\u200b\\ufeff\\ue000")]
    [InlineData("\U0010ffff\U000e0001", "\\U0010ffff\\U000e0001")]
    [InlineData("\ufffd'<&>", "\ufffd'<&>")]
    public void Text_is_quoted_as_Go_quotes_it(string name, string quoted)
    {
        Encoding.UTF8.GetString(GoQuote.Quote(Encoding.UTF8.GetBytes(name))).ShouldBe(quoted);
        GoQuote.TryUnquote(Encoding.UTF8.GetBytes(quoted), out byte[] back).ShouldBeTrue();
        Encoding.UTF8.GetString(back).ShouldBe(name);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_quoted_one_by_one() =>
        Encoding.UTF8.GetString(GoQuote.Quote([0xFF, 0xC3, (byte)'a', 0xE2, 0x82, 0xED, 0xA0, 0x80])).ShouldBe("\\xff\\xc3a\\xe2\\x82\\xed\\xa0\\x80");

    [Fact]
    public void Any_bytes_come_back() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll<byte[]>(name =>
            GoQuote.TryUnquote(GoQuote.Quote(name), out byte[] back) && back.SequenceEqual(name)));

    [Fact]
    public void What_is_plain_needs_no_quoting() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll<byte[]>(name =>
            !GoQuote.IsPlain(name) || GoQuote.Quote(name).SequenceEqual(name)));

    [Theory]
    [InlineData("\\101\\377", new byte[] { 0x41, 0xFF })]
    [InlineData("\\u20ac", new byte[] { 0xE2, 0x82, 0xAC })]
    [InlineData("\\xFf", new byte[] { 0xFF })]
    public void The_other_escapes_of_Go_are_understood(string quoted, byte[] name)
    {
        GoQuote.TryUnquote(Encoding.ASCII.GetBytes(quoted), out byte[] back).ShouldBeTrue();
        back.ShouldBe(name);
    }

    [Theory]
    [InlineData("\\")]
    [InlineData("\\x1")]
    [InlineData("\\xg0")]
    [InlineData("\\u12")]
    [InlineData("\\ud800")]
    [InlineData("\\U00110000")]
    [InlineData("\\UFFFFFFFF")]
    [InlineData("\\400")]
    [InlineData("\\18")]
    [InlineData("\\q")]
    public void What_Go_does_not_write_is_refused(string quoted) => GoQuote.TryUnquote(Encoding.ASCII.GetBytes(quoted), out _).ShouldBeFalse();
}
