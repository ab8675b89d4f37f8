using Holdfast.Fixtures;

namespace Holdfast.Linux.Tests;

public sealed class LinuxFileTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly DirectoryHandle _folder;
    private readonly LinuxFile _file;

    public LinuxFileTests()
    {
        _folder = DirectoryHandle.Open(_temp.Path);
        _file = _folder.CreateFile("file"u8, 0x1A4);
    }

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public void ReadFull_fills_the_buffer_goes_on_where_it_stopped_and_ends_short()
    {
        byte[] content = Seeded.Random().Bytes(10_000);
        _file.Write(content);
        using LinuxFile reading = _folder.OpenFile("file"u8);
        var buffer = new byte[6000];
        reading.ReadFull(buffer).ShouldBe(6000);
        buffer.ShouldBe(content[..6000]);
        reading.ReadFull(buffer).ShouldBe(4000);
        buffer[..4000].ShouldBe(content[6000..]);
        reading.ReadFull(buffer).ShouldBe(0);
        reading.Read(buffer).ShouldBe(0);
    }

    [Fact]
    public void ReadAt_reads_from_an_offset_and_leaves_the_position_alone()
    {
        _file.Write("0123456789"u8);
        using LinuxFile reading = _folder.OpenFile("file"u8);
        var buffer = new byte[4];
        reading.ReadAt(buffer, 8).ShouldBe(2);
        buffer[..2].ShouldBe("89"u8.ToArray());
        reading.ReadAt(buffer, 100).ShouldBe(0);
        reading.Read(buffer).ShouldBe(4);
        buffer.ShouldBe("0123"u8.ToArray());
    }

    [Fact]
    public void WriteAt_leaves_a_hole_before_what_it_writes()
    {
        const long far = 64L << 20;
        _file.WriteAt("end"u8, far);
        FileStatus status = _file.Status();
        status.Size.ShouldBe(far + 3);
        ((long)status.Blocks * 512).ShouldBeLessThan(1 << 20);
        var buffer = new byte[3];
        _file.ReadAt(buffer, far).ShouldBe(3);
        buffer.ShouldBe("end"u8.ToArray());
        _file.ReadAt(buffer, 1000).ShouldBe(3);
        buffer.ShouldBe(new byte[3]);
    }

    [Fact]
    public void SetLength_cuts_and_extends()
    {
        _file.Write("0123456789"u8);
        _file.SetLength(4);
        _file.Status().Size.ShouldBe(4);
        _file.SetLength(1 << 20);
        _file.Status().Size.ShouldBe(1 << 20);
        Should.Throw<LinuxException>(() => _file.SetLength(-1)).Error.ShouldBe(Errno.InvalidArgument);
    }

    [Fact]
    public void Empty_reads_and_writes_do_nothing()
    {
        _file.Write([]);
        _file.WriteAt([], 10);
        _file.ReadFull([]).ShouldBe(0);
        _file.ReadAt([], 0).ShouldBe(0);
        _file.Status().Size.ShouldBe(0);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(0, 4096)]
    [InlineData(0, (1 << 20) + 17)]
    [InlineData(1, 3 * 4096)] // memory that is not aligned
    public void WritePastCache_writes_all_of_it_and_later_writes_go_on_behind_it(int skip, int length)
    {
        Memory<byte> memory = Pages.Allocate(skip + length);
        Span<byte> data = memory.Span[skip..];
        new Random(length).NextBytes(data);
        _file.WritePastCache(data);
        _file.Write("behind"u8);
        byte[] read = new byte[length + 100];
        _file.ReadAt(read, 0).ShouldBe(length + 6);
        read.AsSpan(0, length).SequenceEqual(data).ShouldBeTrue();
        read.AsSpan(length, 6).SequenceEqual("behind"u8).ShouldBeTrue();
    }

    [Fact]
    public void WritePastCache_at_an_odd_position_or_on_a_disk_in_memory_writes_all_the_same()
    {
        SmallDisk.Need();
        using var disk = new SmallDisk("1m");
        using DirectoryHandle folder = DirectoryHandle.Open(disk.Path);
        using LinuxFile inMemory = folder.CreateFile("file"u8, 0x1A4);
        Memory<byte> data = Pages.Allocate(8192);
        new Random(1).NextBytes(data.Span);
        foreach (LinuxFile file in (LinuxFile[])[_file, inMemory])
        {
            file.Write("odd"u8);
            file.WritePastCache(data.Span);
            byte[] read = new byte[8192];
            file.ReadAt(read, 3).ShouldBe(8192);
            read.ShouldBe(data.ToArray());
        }

        Should.Throw<LinuxException>(() => inMemory.WritePastCache(Pages.Allocate(2 << 20).Span)).IsOutOfSpace.ShouldBeTrue();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 1)]
    [InlineData(4095, 2)]
    [InlineData(5, 4091)]
    [InlineData(4095, 8193)]
    [InlineData(8192, 3 * 4096)]
    [InlineData(123_457, (1 << 20) + 17)]
    public void WriteAtPastCache_writes_all_of_it_and_nothing_beside_it(int offset, int length)
    {
        int begin = offset % 4096;
        Memory<byte> memory = Pages.Allocate(begin + length + 1);
        new Random(length).NextBytes(memory.Span);
        byte[] expected = new Random(offset).Bytes(offset + length + 5000);
        foreach (int skew in (int[])[0, 1]) // the second is memory that does not fit the offset
        {
            ReadOnlySpan<byte> data = memory.Span.Slice(begin + skew, length);
            _file.WriteAt(expected, 0);
            _file.TryReserve(expected.Length).ShouldBeTrue();
            _file.WriteAtPastCache(data, offset);
            data.CopyTo(expected.AsSpan(offset));
            var read = new byte[expected.Length + 1];
            _file.ReadAt(read, 0).ShouldBe(expected.Length);
            read[..^1].ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData(1 << 20, 0, 0, 3 * 4096)]
    [InlineData(1 << 20, 0, 0, (3 * 4096) + 5)]
    [InlineData(1 << 20, 4096, 0, 100)]
    [InlineData(1 << 20, 8192, 0, 2 << 20)] // on beyond the end
    [InlineData((1 << 20) - 1, 8192, 0, 2 << 20)]
    [InlineData(1 << 20, 1 << 20, 0, 4096)]
    [InlineData(1 << 20, 2 << 20, 0, 4096)]
    [InlineData(1 << 20, 3, 0, 40_000)] // what does not begin at a page
    [InlineData(1 << 20, 4096, 1, 40_000)] // memory that does not
    public void ReadAtPastCache_reads_what_there_is_whether_it_is_cached_or_not(int size, int offset, int skew, int length)
    {
        const int DontNeed = 4;
        byte[] content = new Random(size).Bytes(size);
        _file.Write(content);
        Span<byte> buffer = Pages.Allocate(skew + length).Span[skew..];
        byte[] expected = offset < size ? content[offset..Math.Min(size, offset + length)] : [];
        foreach (bool isCached in (bool[])[true, false])
        {
            if (!isCached)
            {
                _file.Sync();
                Native.FAdvise(_file.RawDescriptor, 0, 0, DontNeed).ShouldBe(0);
            }

            buffer.Clear();
            int read = _file.ReadAtPastCache(buffer, offset);
            buffer[..read].ToArray().ShouldBe(expected);
            _file.ReadAt(buffer, 1).ShouldBe(Math.Min(buffer.Length, size - 1), "and at any offset, by the usual way, afterwards");
        }
    }

    [Fact]
    public void AdviseSoon_has_the_kernel_fetch_a_stretch_that_is_not_in_its_cache()
    {
        string path = _temp["file"];
        _file.Write(Seeded.Random().Bytes(4 << 20));
        PageCache.Need(path);

        _file.AdviseSoon(1 << 20, 256 << 10);
        PageCache.Pages(path).ShouldBeInRange(64, 511, "the stretch, and not the file");
    }

    [Fact]
    public void Room_is_set_aside_or_the_disk_is_full_or_the_file_system_has_no_such_thing()
    {
        _file.TryReserve(1 << 20).ShouldBeTrue();
        FileStatus status = _file.Status();
        status.Size.ShouldBe(1 << 20);
        ((long)status.Blocks * 512).ShouldBeGreaterThanOrEqualTo(1 << 20);
        using LinuxFile forReading = _folder.OpenFile("file"u8);
        forReading.TryReserve(1 << 20).ShouldBeFalse();
        SmallDisk.Need();
        using var disk = new SmallDisk("1m");
        using DirectoryHandle folder = DirectoryHandle.Open(disk.Path);
        using LinuxFile inMemory = folder.CreateFile("file"u8, 0x1A4);
        Should.Throw<LinuxException>(() => inMemory.TryReserve(2 << 20)).IsOutOfSpace.ShouldBeTrue();
    }

    [Fact]
    public void Permissions_are_set_whatever_the_umask()
    {
        _file.ChangePermissions(0xFFF);
        _file.Status().Permissions.ShouldBe(0xFFFu);
        _file.Sync();
    }

    [Fact]
    public void Reading_a_folder_fails_with_its_path()
    {
        _folder.CreateDirectory("folder"u8, 0x1C0);
        using LinuxFile folder = _folder.OpenFile("folder"u8);
        LinuxException e = Should.Throw<LinuxException>(() => folder.Read(new byte[1]));
        e.Error.ShouldBe(Errno.IsDirectory);
        e.Path.ShouldBe(_temp["folder"]);
    }

    [Fact]
    public void A_full_disk_is_told_apart_and_what_was_written_stays()
    {
        SmallDisk.Need();
        using var disk = new SmallDisk("1m");
        using DirectoryHandle folder = DirectoryHandle.Open(disk.Path);
        using LinuxFile file = folder.CreateFile("file"u8, 0x1A4);
        LinuxException e = Should.Throw<LinuxException>(() => file.Write(new byte[2 << 20]));
        e.IsOutOfSpace.ShouldBeTrue();
        file.Status().Size.ShouldBe(1 << 20);
    }
}
