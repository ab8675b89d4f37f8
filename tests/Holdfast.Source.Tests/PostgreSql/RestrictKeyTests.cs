using System.Text;

namespace Holdfast.Source.Tests;

public sealed class RestrictKeyTests
{
    private const string Own = "VXZPlt6pQKLpjAaPWDRuhTcDmhTBKcQZwoNDCXdn4eqB62WqYoO3aaZTR1mFPGU";

    private readonly RestrictKey _key = new("0123456789ABCDEF0123456789ABCDEF");

    [Theory]
    [InlineData(0)]
    [InlineData(3900)]
    [InlineData(3960)]
    [InlineData(4000)]
    [InlineData(131_000)]
    [InlineData(262_000)]
    [InlineData(1_000_000)]
    public async Task A_script_gets_the_key_in_its_first_lines_and_in_its_last_at_once_and_as_a_stream(int length)
    {
        string middle = string.Concat(Enumerable.Range(0, (length / 8) + 1).Select(i => $"{i:D7}\n"))[..length];
        string script = $"--\n-- PostgreSQL database dump\n--\n\n\\restrict {Own}\n\n{middle}\n\\unrestrict {Own}\n\n";
        string expected = script.Replace(Own, "0123456789ABCDEF0123456789ABCDEF", StringComparison.Ordinal);
        Encoding.ASCII.GetString(_key.Apply(Encoding.ASCII.GetBytes(script))).ShouldBe(expected);
        (await StreamAsync(script)).ShouldBe(expected);
    }

    [Fact]
    public async Task A_script_of_older_tools_stays_as_it_is()
    {
        const string Script = "--\n-- PostgreSQL database dump\n--\nSELECT 1;\n";
        Encoding.ASCII.GetString(_key.Apply(Encoding.ASCII.GetBytes(Script))).ShouldBe(Script);
        (await StreamAsync(Script)).ShouldBe(Script);
    }

    private async Task<string> StreamAsync(string script)
    {
        using var from = new MemoryStream(Encoding.ASCII.GetBytes(script));
        using var to = new MemoryStream();
        await _key.ApplyAsync(from, part => to.WriteAsync(part), TestContext.Current.CancellationToken);
        return Encoding.ASCII.GetString(to.ToArray());
    }
}
