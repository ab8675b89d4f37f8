namespace Holdfast.Fixtures;

/// <summary>Comparing megabytes: element by element takes seconds, and the difference of two long lists tells nothing.</summary>
internal static class ByteAssertions
{
    internal static void ShouldEqual(this ReadOnlySpan<byte> actual, ReadOnlySpan<byte> expected)
    {
        actual.Length.ShouldBe(expected.Length);
        int same = actual.CommonPrefixLength(expected);
        if (same < expected.Length)
        {
            int from = Math.Max(0, same - 20);
            ReadOnlySpan<byte> shown = actual[from..], wanted = expected[from..];
            $"at {same}: {Show(shown)}".ShouldBe($"at {same}: {Show(wanted)}");
        }
    }

    internal static void ShouldEqual(this byte[] actual, ReadOnlySpan<byte> expected) => ((ReadOnlySpan<byte>)actual).ShouldEqual(expected);

    internal static void ShouldEqual(this ReadOnlyMemory<byte> actual, ReadOnlySpan<byte> expected) => actual.Span.ShouldEqual(expected);

    private static string Show(ReadOnlySpan<byte> bytes) => System.Text.Encoding.Latin1.GetString(bytes[..Math.Min(60, bytes.Length)]);
}
