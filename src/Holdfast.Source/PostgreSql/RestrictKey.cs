using System.Security.Cryptography;
using System.Text;
using Holdfast.Archiver;

namespace Holdfast.Source;

/// <summary>
/// The word between <c>\restrict</c> and <c>\unrestrict</c> in what the tools write: whoever can guess it can put a command for
/// psql's machine into a dump, and the tools take a new one each time. This is one for all dumps of a server, kept in the manifest, so
/// that what has not changed stays the same. Tools that know no such word are left as they are.
/// </summary>
internal sealed class RestrictKey
{
    internal const string Detail = "restrict_key";

    /// <summary>The word is in the first lines.</summary>
    private const int HeadLength = 4096;

    /// <summary>What may follow the word in the last line: line ends.</summary>
    private const int TailLength = 32;

    private readonly byte[] _key;

    internal RestrictKey(string key)
    {
        _key = Encoding.ASCII.GetBytes(key);
    }

    /// <summary>That of the last run; else a new one.</summary>
    internal static RestrictKey For(SourceWriter writer)
    {
        string key = writer.Previous?.Details.GetValueOrDefault(Detail) is { Length: 32 } previous && previous.All(char.IsAsciiLetterOrDigit)
            ? previous
            : RandomNumberGenerator.GetHexString(32);
        writer.Describe(Detail, key);
        return new(key);
    }

    /// <summary>Puts the key in the place of the tool's own, which is random, and so nowhere by chance.</summary>
    internal byte[] Apply(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> own = FindOwn(text);
        if (own.IsEmpty)
        {
            return text.ToArray();
        }

        using var replaced = new MemoryStream(text.Length);
        int at;
        while ((at = text.IndexOf(own)) >= 0)
        {
            replaced.Write(text[..at]);
            replaced.Write(_key);
            text = text[(at + own.Length)..];
        }

        replaced.Write(text);
        return replaced.ToArray();
    }

    /// <summary>The same for a stream, which has the word in its first lines and in its last.</summary>
    internal async Task ApplyAsync(Stream from, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellation)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(256 << 10);
        int kept = await from.ReadAtLeastAsync(buffer.AsMemory(0, buffer.Length / 2), buffer.Length / 2, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        byte[] own = FindOwn(buffer.AsSpan(0, kept)).ToArray();
        int tail = own.Length + TailLength;
        bool first = true;
        while (true)
        {
            int count = await from.ReadAsync(buffer.AsMemory(kept), cancellation).ConfigureAwait(false);
            kept += count;
            int pass = count == 0 ? kept : Math.Max(0, kept - tail);
            await take(first || count == 0 ? Replace(buffer.AsSpan(0, pass), own) : buffer.AsMemory(0, pass)).ConfigureAwait(false);
            if (count == 0)
            {
                return;
            }

            first = false;
            buffer.AsSpan(pass, kept - pass).CopyTo(buffer);
            kept -= pass;
        }
    }

    private byte[] Replace(ReadOnlySpan<byte> text, byte[] own)
    {
        int at = own.Length == 0 ? -1 : text.IndexOf(own);
        return at < 0 ? text.ToArray() : [.. text[..at], .. _key, .. Replace(text[(at + own.Length)..], own)];
    }

    private static ReadOnlySpan<byte> FindOwn(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> command = "\n\\restrict "u8;
        int at = text[..Math.Min(text.Length, HeadLength)].IndexOf(command);
        if (at < 0)
        {
            return [];
        }

        ReadOnlySpan<byte> rest = text[(at + command.Length)..];
        int end = rest.IndexOf((byte)'\n');
        return end < 0 ? [] : rest[..end];
    }
}
