using System.Text;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Linux;

namespace Holdfast.Repository.Tests.Interop;

/// <summary>Trees that restic wrote are encoded here to the same bytes, so that both tools give a folder the same id.</summary>
public sealed class ResticTreeTests : IDisposable
{
    private const uint Mode = 0x1A4;

    // tmpfs keeps times of any year, and attributes that need no special mount option.
    private readonly TempFolder _temp = new("/dev/shm");

    // Zones whose local mean time of the 19th century .NET rounds to the minute that Go prints; see Timestamp.
    public static TheoryData<string, string> ProgramsAndZones =>
        new(Restic.Programs.SelectMany(p => new[] { "UTC", "America/St_Johns" }.Select(z => ((string)p.Data, z))));

    public void Dispose() => _temp.Dispose();

    [Theory]
    [MemberData(nameof(ProgramsAndZones))]
    public async Task Every_tree_of_a_backup_is_encoded_to_the_same_bytes(string program, string zone)
    {
        Assert.SkipUnless(Machine.IsRoot, "device nodes and foreign owners need root");
        Directory.CreateDirectory(_temp["source"]);
        using (DirectoryHandle source = DirectoryHandle.Open(_temp["source"]))
        {
            Populate(source, rawTargets: program != Restic.Stock);
        }

        Restic restic = new(program, _temp["repository"], "password") { Zone = zone };
        (await restic.RunAsync("init")).ShouldSucceed();
        (await restic.RunAsync("backup", _temp["source"])).ShouldSucceed();
        await using OpenRepository opened = await Repository.OpenAsync(new LocalBackend(_temp["repository"]), "password", new(), TestRepository.Cancellation);
        IndexedRepository indexed = await opened.LoadIndexAsync(null, TestRepository.Cancellation);
        var writer = new TreeWriter(TimeZoneInfo.FindSystemTimeZoneById(zone));
        int nodes = 0;
        PackEntry[] trees = [.. indexed.Index.Entries().Where(e => e.Blob.Type == BlobType.Tree)];
        foreach (PackEntry entry in trees)
        {
            byte[] theirs = await indexed.LoadBlobAsync(entry.Blob, TestRepository.Cancellation);
            List<Node> decoded = TreeReader.Decode(theirs, new(entry.Blob.Hash));
            ReadOnlyMemory<byte> ours = writer.Encode(decoded);
            ours.ShouldEqual(theirs);
            Hash256.Of(ours.Span).ShouldBe(entry.Blob.Hash);
            nodes += decoded.Count;
        }

        nodes.ShouldBeGreaterThan(40);
        byte[] shown = (await restic.RunAsync("cat", "blob", trees[0].Blob.Hash.ToString())).ShouldSucceed().Output;
        shown.ShouldEqual(await indexed.LoadBlobAsync(trees[0].Blob, TestRepository.Cancellation));
    }

    private static void Populate(DirectoryHandle source, bool rawTargets)
    {
        byte[] everyByte = [.. Enumerable.Range(1, 255).Where(b => b != '/').Select(b => (byte)b)];
        byte[][] names =
        [
            everyByte[..200], everyByte[200..], "\"quoted\""u8.ToArray(), "back\\slash"u8.ToArray(), "<html>&amp;"u8.ToArray(), "Grüße 😀"u8.ToArray(),
            "\u00ad\u200b\ufeff\u2028\u00a0"u8.ToArray(), "\ue000"u8.ToArray(), "\ufffd"u8.ToArray(), "e\u0301"u8.ToArray(), [0xF4, 0x8F, 0xBF, 0xBF],
            [0xFF], [0xED, 0xA0, 0x80], "\n"u8.ToArray(), "مرحبا"u8.ToArray(), "日本語"u8.ToArray(), "\u0080\u0085\u009f"u8.ToArray(), Encoding.ASCII.GetBytes(new string('l', 255)),
        ];
        for (int i = 0; i < names.Length; i++)
        {
            using (LinuxFile file = source.CreateFile(names[i], Mode))
            {
                file.Write(Encoding.ASCII.GetBytes($"content {i}"));
            }

            source.ChangePermissions(names[i], (uint)i * 227 % 0x1000);
        }

        long[] seconds = [0, -1, 1, 951_782_400, -3_786_825_600, -62_135_596_799, 253_402_300_799, 4_102_444_800, 1_784_642_400, -5_000_000_000, 255_485_577_600, -100_000_000_000];
        for (int i = 0; i < seconds.Length; i++)
        {
            byte[] name = Encoding.ASCII.GetBytes($"time {i}");
            source.CreateFile(name, Mode).Dispose();
            source.SetTimes(name, new(1_700_000_000, i * 100), new(seconds[i], i * 83_333_330));
        }

        source.CreateDirectory("folder"u8, 0x1FF);
        source.CreateDirectory("empty"u8, 0x1C0);
        using DirectoryHandle folder = source.OpenDirectory("folder"u8);
        folder.CreateHardLink("second name"u8, source, "time 0"u8);
        source.CreateSymbolicLink("link"u8, "there/<&>\u2028\"\\\u007f\n\t"u8);
        if (rawTargets)
        {
            source.CreateSymbolicLink("raw link"u8, [(byte)'a', 0xFF, (byte)'/', 0xC3]);
            source.CreateSymbolicLink("control link"u8, "\b\f\u0001"u8);
        }

        source.CreateSpecial("fifo"u8, FileKind.Fifo, Mode, 0);
        source.CreateSpecial("null"u8, FileKind.CharacterDevice, Mode, 0x103);
        source.CreateSpecial("disk"u8, FileKind.BlockDevice, Mode, 0x10082C);
        source.CreateSpecial("socket"u8, FileKind.Socket, Mode, 0);
        source.ChangeOwner("fifo"u8, 1, 4_000_000_000);
        source.SetAttribute("time 1"u8, new("trusted.empty"u8.ToArray(), []));
        source.SetAttribute("time 1"u8, new("trusted.bytes"u8.ToArray(), [0, 255, 254]));
        source.SetAttribute("time 2"u8, new("trusted.<ü>"u8.ToArray(), "value"u8.ToArray()));
    }
}
