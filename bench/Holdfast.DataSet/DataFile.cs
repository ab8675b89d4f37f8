using System.Buffers;

namespace Holdfast.DataSet;

/// <summary>Writes files with fixed bytes and times.</summary>
internal static class DataFile
{
    // Part of the format of a data set: text is cut at this length, so another length gives other bytes.
    private const int BufferSize = 256 * 1024;

    /// <summary>Creates the folder a set goes to; one that holds something is refused, never written over.</summary>
    public static void CreateRoot(string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
            throw new IOException($"{folder} exists and is not an empty folder.");
        Directory.CreateDirectory(folder);
    }

    public static void Write(string path, IContent content, long size, DateTime modified)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, preallocationSize: size);
        for (long at = 0; at < size;)
        {
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(BufferSize, size - at));
            content.Fill(part);
            RandomAccess.Write(file, part, at);
            at += part.Length;
        }

        File.SetLastWriteTimeUtc(file, modified);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>A moment of the three years from 2021, with a fraction of a second, never in the future.</summary>
    public static DateTime Moment(RepeatableRandom random) =>
        new DateTime(2021, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(random.Below(3 * 365 * 86_400)).AddTicks(random.Below(10_000_000));
}
