using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>Writes content into a file of its full length that is all hole yet, leaving out the blocks that are all zeros.</summary>
internal static class SparseWriting
{
    /// <summary>The block of nearly every file system; a hole cannot be smaller.</summary>
    private const int BlockSize = 4096;

    /// <exception cref="LinuxException"/>
    internal static void Write(LinuxFile file, ReadOnlySpan<byte> content, long offset)
    {
        int start = 0; // of what is to be written and has not been yet
        for (int at = 0; at < content.Length;)
        {
            // Blocks are those of the file, not of the blob.
            int end = (int)Math.Min(content.Length, at + BlockSize - ((offset + at) % BlockSize));
            if (!content[at..end].ContainsAnyExcept((byte)0))
            {
                WritePart(file, content[start..at], offset + start);
                start = end;
            }

            at = end;
        }

        WritePart(file, content[start..], offset + start);
    }

    private static void WritePart(LinuxFile file, ReadOnlySpan<byte> part, long offset)
    {
        if (!part.IsEmpty)
        {
            file.WriteAt(part, offset);
        }
    }
}
