using System.Text;
using Holdfast.Linux;

namespace Holdfast.Cli.Serve;

/// <summary>The path of a request: names of any bytes, percent-encoded, RFC 3986.</summary>
internal sealed class WebPath
{
    private WebPath(byte[][] names, bool endsWithSlash, string query)
    {
        Names = names;
        EndsWithSlash = endsWithSlash;
        Query = query;
    }

    internal byte[][] Names { get; }

    internal bool EndsWithSlash { get; }

    /// <summary>Behind the question mark, as it came.</summary>
    internal string Query { get; }

    /// <summary>The path to a folder, encoded, with its slash. It never begins with two, which would be another server.</summary>
    internal string Folder => Names.Length == 0 ? "/" : $"/{string.Join('/', Names.Select(n => Encode(n)))}/";

    internal string File => Folder.TrimEnd('/');

    /// <summary>For people.</summary>
    internal string Shown => "/" + string.Join('/', Names.Select(n => PathText.Printable(PathText.Decode(n))));

    /// <summary>Null where the target is no path. Nothing is resolved: a name <c>..</c> is looked up, and found nowhere.</summary>
    internal static WebPath? Parse(string target)
    {
        if (!target.StartsWith('/'))
        {
            // A proxy may send the whole address.
            int host = target.IndexOf("://", StringComparison.Ordinal);
            int path = host < 0 ? -1 : target.IndexOf('/', host + 3);
            if (path < 0)
            {
                return null;
            }

            target = target[path..];
        }

        int question = target.IndexOf('?');
        string[] parts = (question < 0 ? target : target[..question]).Split('/', StringSplitOptions.RemoveEmptyEntries);
        var names = new byte[parts.Length][];
        for (int i = 0; i < parts.Length; i++)
        {
            if (Decode(parts[i]) is not { } name)
            {
                return null;
            }

            names[i] = name;
        }

        bool slash = (question < 0 ? target : target[..question]).EndsWith('/');
        return new(names, slash, question < 0 ? string.Empty : target[(question + 1)..]);
    }

    internal static string Encode(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder(name.Length);
        foreach (byte b in name)
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~')
            {
                text.Append((char)b);
            }
            else
            {
                text.Append('%').Append(b.ToString("X2"));
            }
        }

        return text.ToString();
    }

    private static byte[]? Decode(string part)
    {
        var bytes = new List<byte>(part.Length);
        for (int i = 0; i < part.Length; i++)
        {
            if (part[i] != '%')
            {
                bytes.Add(part[i] < 0x80 ? (byte)part[i] : (byte)'?');
                continue;
            }

            if (i + 2 >= part.Length || !char.IsAsciiHexDigit(part[i + 1]) || !char.IsAsciiHexDigit(part[i + 2]))
            {
                return null;
            }

            bytes.Add(Convert.ToByte(part.Substring(i + 1, 2), 16));
            i += 2;
        }

        return [.. bytes];
    }
}
