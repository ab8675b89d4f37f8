using System.Globalization;

namespace Holdfast.DataSet;

/// <summary>
/// Few large files: a disk image, a database dump and the dump of the next day, a log, an archive, and a folder of
/// mixed files from 1 MB up.
/// </summary>
internal static class LargeFiles
{
    private const ulong Seed = 0x6C617267652D6669;
    private const int Megabyte = 1_000_000;

    private static readonly string[] s_folders = ["vm", "dump", "log", "media", "mixed"];

    public static void Write(string root, long bytes)
    {
        DataFile.CreateRoot(root);
        long dump = bytes / 5;
        string[] folders = Array.ConvertAll(s_folders, name => Path.Combine(root, name));
        foreach (string folder in folders)
            Directory.CreateDirectory(folder);

        WriteOne(Path.Combine(root, "vm", "disk.img"), new DiskImage(Random(0)), bytes / 4, 0);
        WriteOne(Path.Combine(root, "dump", "shop-1.sql"), ContentKind.Table.Open(Random(1)), dump, 1);
        using (var next = new NearCopy(Path.Combine(root, "dump", "shop-1.sql"), Random(2)))
            WriteOne(Path.Combine(root, "dump", "shop-2.sql"), next, dump, 2);
        WriteOne(Path.Combine(root, "log", "server.log"), ContentKind.Log.Open(Random(3)), bytes / 8, 3);
        WriteOne(Path.Combine(root, "media", "archive.zip"), ContentKind.Noise.Open(Random(4)), bytes / 8, 4);
        WriteMixed(Path.Combine(root, "mixed"), bytes - (bytes / 4) - (2 * dump) - (2 * (bytes / 8)));

        for (int i = 0; i < folders.Length; i++)
            Directory.SetLastWriteTimeUtc(folders[i], DataFile.Moment(Random(100 + i)));
        Directory.SetLastWriteTimeUtc(root, DataFile.Moment(Random(99)));
    }

    private static void WriteMixed(string folder, long bytes)
    {
        var random = Random(5);
        ContentKind[] kinds = Enum.GetValues<ContentKind>();
        for (int number = 0; bytes > 0; number++)
        {
            long size = Math.Min(bytes, Megabyte * (1L + random.Skewed(6)));
            ContentKind kind = kinds[number % kinds.Length];
            string name = $"{number.ToString("d3", CultureInfo.InvariantCulture)}.{kind.Extension()}";
            WriteOne(Path.Combine(folder, name), kind.Open(Random(1000 + number)), size, 1000 + number);
            bytes -= size;
        }
    }

    private static void WriteOne(string path, IContent content, long size, int stream) =>
        DataFile.Write(path, content, size, DataFile.Moment(new RepeatableRandom(Seed, ~stream)));

    private static RepeatableRandom Random(int stream) => new(Seed, stream);
}
