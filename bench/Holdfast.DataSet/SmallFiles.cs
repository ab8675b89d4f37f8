using System.Globalization;
using System.Text;

namespace Holdfast.DataSet;

/// <summary>
/// Many small files: ten to a folder on average, folders six deep on average, sizes from nothing to 64 kB with every
/// doubling equally likely, every tenth a copy of an earlier file. A file depends on its number and the folder count only.
/// </summary>
internal static class SmallFiles
{
    private const ulong TreeSeed = 0x736D616C6C2D7472;
    private const ulong FileSeed = 0x736D616C6C2D6669;
    private const int FilesPerFolder = 10;
    private const int SizeBits = 16;

    // The mix, in twentieths.
    private static readonly ContentKind[] s_mix =
    [
        .. Enumerable.Repeat(ContentKind.Source, 7),
        .. Enumerable.Repeat(ContentKind.Prose, 5),
        .. Enumerable.Repeat(ContentKind.Records, 4),
        .. Enumerable.Repeat(ContentKind.Noise, 2),
        ContentKind.Log,
        ContentKind.Table,
    ];

    public static void Write(string root, int count)
    {
        DataFile.CreateRoot(root);
        string[] folders = CreateFolders(root, Math.Max(1, count / FilesPerFolder));
        Parallel.For(0, count, number => WriteFile(folders, number));

        // Last and deepest first, because each file and folder made inside touches the time of the one around it.
        var times = new RepeatableRandom(TreeSeed, 1);
        for (int i = folders.Length - 1; i >= 0; i--)
            Directory.SetLastWriteTimeUtc(folders[i], DataFile.Moment(times));
    }

    private static string[] CreateFolders(string root, int count)
    {
        var random = new RepeatableRandom(TreeSeed, 0);
        var folders = new string[count];
        folders[0] = root;
        for (int i = 1; i < count; i++)
        {
            // The smaller of two draws keeps the tree as flat as real ones are.
            string parent = folders[Math.Min(random.Below(i), random.Below(i))];
            folders[i] = Path.Combine(parent, $"{Word(random)}-{i.ToString("x", CultureInfo.InvariantCulture)}");
            Directory.CreateDirectory(folders[i]);
        }

        return folders;
    }

    private static void WriteFile(string[] folders, int number)
    {
        var random = new RepeatableRandom(FileSeed, number);
        int origin = Origin(number, random);
        var content = origin == number ? random : new RepeatableRandom(FileSeed, origin);
        if (origin != number)
            Origin(origin, content);

        ContentKind kind = s_mix[content.Below(s_mix.Length)];
        int size = content.Skewed(SizeBits);
        IContent bytes = kind.Open(content);

        // Where and when a file lies is its own, also when its bytes are a copy's.
        var place = new RepeatableRandom(FileSeed ^ TreeSeed, number);
        string folder = folders[Folder(place, folders.Length)];
        string name = $"{Word(place)}-{number.ToString("x", CultureInfo.InvariantCulture)}.{kind.Extension()}";
        DataFile.Write(Path.Combine(folder, name), bytes, size, DataFile.Moment(place));
    }

    /// <summary>The file whose bytes this one has: itself, or for every tenth an earlier one that is an original.</summary>
    private static int Origin(int number, RepeatableRandom random)
    {
        int draw = random.Below(Math.Max(1, number));
        return number % 10 == 9 ? draw - (draw % 10 == 9 ? 1 : 0) : number;
    }

    /// <summary>Half of the files anywhere, half crowded into few folders.</summary>
    private static int Folder(RepeatableRandom random, int count) =>
        random.Below(2) == 0 ? random.Below(count) : random.Skewed(20) % count;

    private static string Word(RepeatableRandom random) => Encoding.ASCII.GetString(Vocabulary.Word(random));
}
