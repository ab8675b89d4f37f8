using System.Text;
using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>A file whose presence says that its folder need not be backed up.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Header">What the file must begin with; empty for anything.</param>
public sealed record ExcludeMarker(byte[] Name, byte[] Header)
{
    /// <summary>The tag of cache folders: https://bford.info/cachedir/</summary>
    public static readonly ExcludeMarker CacheTag = new("CACHEDIR.TAG"u8.ToArray(), "Signature: 8a477f597d28d172789f06886806bc55"u8.ToArray());

    /// <summary>From <c>NAME</c> or <c>NAME:HEADER</c>, as restic's option has it.</summary>
    /// <exception cref="FormatException">There is no name.</exception>
    public static ExcludeMarker Parse(string text)
    {
        int colon = text.IndexOf(':');
        string name = colon < 0 ? text : text[..colon];
        return name.Length == 0 || name.Contains('/')
            ? throw new FormatException($"'{text}' names no file to look for")
            : new(PathText.Encode(name), colon < 0 ? [] : Encoding.UTF8.GetBytes(text[(colon + 1)..]));
    }

    internal bool IsIn(DirectoryHandle directory, List<byte[]> names)
    {
        int at = names.BinarySearch(Name, Comparer<byte[]>.Create(static (x, y) => x.AsSpan().SequenceCompareTo(y)));
        return at >= 0 && (Header.Length == 0 || BeginsWithHeader(directory));
    }

    private bool BeginsWithHeader(DirectoryHandle directory)
    {
        try
        {
            using LinuxFile file = directory.OpenFile(Name);
            var beginning = new byte[Header.Length];
            return file.ReadFull(beginning) == beginning.Length && beginning.AsSpan().SequenceEqual(Header);
        }
        catch (LinuxException)
        {
            return false; // a marker that cannot be read excludes nothing: rather too much than too little
        }
    }
}
