using System.Net.Sockets;
using System.Text;
using Holdfast.Fixtures;

namespace Holdfast.Linux.Tests;

public sealed class DirectoryHandleTests : IDisposable
{
    private const uint FolderMode = 0x1C0; // 0700
    private const uint FileMode = 0x1A4; // 0644

    private readonly TempFolder _temp = new();
    private readonly DirectoryHandle _folder;

    public DirectoryHandleTests() => _folder = DirectoryHandle.Open(_temp.Path);

    public void Dispose()
    {
        _folder.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public void Names_of_any_bytes_are_made_listed_and_read()
    {
        byte[] everyByte = [.. Enumerable.Range(1, 255).Where(b => b != '/').Select(b => (byte)b)];
        byte[][] names = [everyByte[..200], everyByte[200..], [0xFF, 0xFE], "\n"u8.ToArray(), "-rf"u8.ToArray(), "…"u8.ToArray(), " "u8.ToArray()];
        foreach (byte[] name in names)
        {
            Create(name, name);
        }

        List<byte[]> listed = _folder.ReadNames();
        listed.ShouldBe(names.OrderBy(n => Convert.ToHexString(n), StringComparer.Ordinal));
        foreach (byte[] name in names)
        {
            Content(name).ShouldBe(name);
        }
    }

    [Fact]
    public void A_name_may_have_255_bytes_and_not_one_more()
    {
        byte[] longest = Bytes('x', 255);
        Create(longest);
        _folder.Status(longest).Kind.ShouldBe(FileKind.Regular);
        Fails(() => _folder.CreateFile(Bytes('x', 256), FileMode)).Error.ShouldBe(Errno.NameTooLong);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void A_name_that_the_kernel_would_cut_is_refused(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        Fails(() => _folder.TryStatus(bytes, out _)).Error.ShouldBe(Errno.InvalidArgument);
        Fails(() => _folder.CreateFile(bytes, FileMode)).Error.ShouldBe(Errno.InvalidArgument);
    }

    [Fact]
    public void A_name_longer_than_any_path_is_refused_by_every_call()
    {
        foreach (int length in (int[])[4070, 4080, 4095, 4096, 5000])
        {
            byte[] name = Bytes('x', length);
            Fails(() => _folder.TryStatus(name, out _)).Error.ShouldBe(Errno.NameTooLong);
            Fails(() => _folder.ReadAttributes(name)).Error.ShouldBe(Errno.NameTooLong);
            Fails(() => _folder.OpenFile(name)).Error.ShouldBe(Errno.NameTooLong);
        }
    }

    [Fact]
    public void A_tree_deeper_than_the_longest_path_is_walked_by_components_and_opened_by_its_whole_path()
    {
        byte[] component = Bytes('d', 250);
        var handles = new List<DirectoryHandle> { _folder };
        for (int i = 0; i < 20; i++)
        {
            handles[^1].CreateDirectory(component, FolderMode);
            handles.Add(handles[^1].OpenDirectory(component));
        }

        DirectoryHandle deepest = handles[^1];
        deepest.Path.Length.ShouldBeGreaterThan(4096);
        using (LinuxFile file = deepest.CreateFile("deep"u8, FileMode))
        {
            file.Write("content"u8);
            file.Path.ShouldBe(deepest.Path + "/deep");
        }

        deepest.SetAttribute("deep"u8, new("user.depth"u8.ToArray(), "far"u8.ToArray()));
        deepest.ReadAttributes("deep"u8).ShouldHaveSingleItem().Value.ShouldBe("far"u8.ToArray());

        using DirectoryHandle opened = DirectoryHandle.Open(deepest.Path);
        opened.ReadNames().ShouldHaveSingleItem().ShouldBe("deep"u8.ToArray());
        opened.Status().Inode.ShouldBe(deepest.Status().Inode);
        opened.Path.ShouldBe(deepest.Path);
        handles.Skip(1).ToList().ForEach(h => h.Dispose());
    }

    [Fact]
    public void Names_are_listed_in_byte_order_however_many_there_are()
    {
        Random random = Seeded.Random();
        var names = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 3000; i++)
        {
            string name = Convert.ToHexString(random.Bytes(random.Next(1, 60)));
            if (names.Add(name))
            {
                Create(Encoding.ASCII.GetBytes(name));
            }
        }

        _folder.ReadNames().Select(Encoding.ASCII.GetString).ShouldBe(names);
        _folder.ReadNames().Count.ShouldBe(names.Count, "a second listing begins at the beginning");
    }

    [Fact]
    public void An_empty_folder_lists_nothing() => _folder.ReadNames().ShouldBeEmpty();

    [Fact]
    public void Status_tells_files_folders_links_fifos_and_sockets_apart()
    {
        Create("file"u8.ToArray(), "12345"u8.ToArray());
        _folder.CreateDirectory("folder"u8, FolderMode);
        _folder.CreateSymbolicLink("link"u8, "nowhere/at/all"u8);
        _folder.CreateSpecial("fifo"u8, FileKind.Fifo, FolderMode, 0);
        _folder.CreateSpecial("node"u8, FileKind.Socket, FolderMode, 0);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_temp["socket"]));

        _folder.Status("file"u8).Kind.ShouldBe(FileKind.Regular);
        _folder.Status("file"u8).Size.ShouldBe(5);
        _folder.Status("folder"u8).Kind.ShouldBe(FileKind.Directory);
        _folder.Status("folder"u8).IsDirectory.ShouldBeTrue();
        _folder.Status("link"u8).Kind.ShouldBe(FileKind.SymbolicLink);
        _folder.Status("fifo"u8).Kind.ShouldBe(FileKind.Fifo);
        _folder.Status("node"u8).Kind.ShouldBe(FileKind.Socket);
        _folder.Status("socket"u8).Kind.ShouldBe(FileKind.Socket);
        _folder.Status().Kind.ShouldBe(FileKind.Directory);
        _folder.ReadLink("link"u8).ShouldBe("nowhere/at/all"u8.ToArray());
    }

    [Theory]
    [InlineData(FileKind.CharacterDevice, 1u, 3u, 0x103ul)]
    [InlineData(FileKind.BlockDevice, 8u, 300u, 0x10082Cul)]
    [InlineData(FileKind.CharacterDevice, 0xFFFu, 0xFFFFFu, 0xFFFFFFFFul)]
    public void A_device_node_keeps_its_number(FileKind kind, uint major, uint minor, ulong number)
    {
        Assert.SkipUnless(Machine.IsRoot, "making a device node needs root");
        _folder.CreateSpecial("device"u8, kind, FileMode, number);
        FileStatus status = _folder.Status("device"u8);
        status.Kind.ShouldBe(kind);
        status.Device.ShouldBe(number);
        using var stat = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%t %T", _temp["device"]]) { RedirectStandardOutput = true });
        stat!.StandardOutput.ReadToEnd().Trim().ShouldBe($"{major:x} {minor:x}");
    }

    [Fact]
    public void A_missing_entry_is_no_error_for_TryStatus_and_one_for_Status()
    {
        _folder.TryStatus("nothing"u8, out _).ShouldBeFalse();
        LinuxException e = Fails(() => _folder.Status("nothing"u8));
        e.IsMissing.ShouldBeTrue();
        e.Path.ShouldBe(_temp["nothing"]);
        e.Message.ShouldBe($"cannot read the metadata of {_temp["nothing"]}: no such file or directory");
    }

    [Fact]
    public void Links_are_not_followed_when_opening()
    {
        Create("target"u8.ToArray());
        _folder.CreateDirectory("folder"u8, FolderMode);
        _folder.CreateSymbolicLink("to-file"u8, "target"u8);
        _folder.CreateSymbolicLink("to-folder"u8, "folder"u8);
        Fails(() => _folder.OpenFile("to-file"u8)).Error.ShouldBe(Errno.SymlinkLoop);
        Fails(() => _folder.OpenDirectory("to-folder"u8)).Error.ShouldBe(Errno.NotDirectory);
        Fails(() => _folder.CreateFile("to-file"u8, FileMode)).Error.ShouldBe(Errno.Exists);
    }

    [Fact]
    public void A_root_named_by_a_user_may_be_a_link()
    {
        _folder.CreateDirectory("real"u8, FolderMode);
        _folder.CreateSymbolicLink("link"u8, "real"u8);
        using DirectoryHandle opened = DirectoryHandle.Open(_temp["link"]);
        opened.Status().Inode.ShouldBe(_folder.Status("real"u8).Inode);
    }

    [Fact]
    public void Opening_a_fifo_does_not_wait_for_a_writer()
    {
        _folder.CreateSpecial("fifo"u8, FileKind.Fifo, FolderMode, 0);
        using LinuxFile fifo = _folder.OpenFile("fifo"u8);
        fifo.Status().Kind.ShouldBe(FileKind.Fifo);
    }

    [Fact]
    public void Reading_a_file_does_not_touch_its_access_time()
    {
        Create("file"u8.ToArray(), "x"u8.ToArray());
        _folder.SetTimes("file"u8, new(1000, 1), new(2000, 2));
        Content("file"u8.ToArray()).ShouldBe("x"u8.ToArray());
        _folder.Status("file"u8).AccessTime.ShouldBe(new FileTime(1000, 1));
    }

    [Fact]
    public void Extended_attributes_are_set_read_in_order_and_removed()
    {
        Create("file"u8.ToArray());
        ExtendedAttribute[] attributes =
        [
            new("user.empty"u8.ToArray(), []),
            new("user.large"u8.ToArray(), Bytes('v', 3000)),
            new([.. "user.\xC3"u8, 0xFF], [0, 1, 255]),
            new("user.small"u8.ToArray(), "value"u8.ToArray()),
        ];
        foreach (ExtendedAttribute attribute in attributes.Reverse())
        {
            _folder.SetAttribute("file"u8, attribute);
        }

        ExtendedAttribute[] read = _folder.ReadAttributes("file"u8);
        read.Select(a => (Convert.ToHexString(a.Name), Convert.ToHexString(a.Value)))
            .ShouldBe(attributes.Select(a => (Convert.ToHexString(a.Name), Convert.ToHexString(a.Value))).OrderBy(a => a.Item1, StringComparer.Ordinal));
        using LinuxFile open = _folder.OpenFile("file"u8);
        open.ReadAttributes().Select(a => Convert.ToHexString(a.Name) + Convert.ToHexString(a.Value))
            .ShouldBe(read.Select(a => Convert.ToHexString(a.Name) + Convert.ToHexString(a.Value)), "through the open file, too");

        _folder.RemoveAttribute("file"u8, "user.large"u8);
        _folder.ReadAttributes("file"u8).Length.ShouldBe(3);
        _folder.RemoveAttribute("file"u8, "user.large"u8);
    }

    [Fact]
    public void A_list_of_attributes_longer_than_a_kilobyte_is_read_whole()
    {
        Create("file"u8.ToArray());
        for (int i = 0; i < 30; i++)
        {
            _folder.SetAttribute("file"u8, new(Encoding.ASCII.GetBytes($"user.{new string('n', 60)}{i:d2}"), [(byte)i]));
        }

        _folder.ReadAttributes("file"u8).Select(a => (int)a.Value[0]).ShouldBe(Enumerable.Range(0, 30));
        using LinuxFile open = _folder.OpenFile("file"u8);
        open.ReadAttributes().Select(a => (int)a.Value[0]).ShouldBe(Enumerable.Range(0, 30));
    }

    [Fact]
    public void An_attribute_of_the_greatest_size_is_read_whole()
    {
        // ext4 takes no more than a block; tmpfs and XFS take 64 KiB. Where none of them is at hand there is nothing to see.
        using var memory = new TempFolder("/dev/shm");
        using DirectoryHandle folder = DirectoryHandle.Open(memory.Path);
        folder.CreateFile("file"u8, FileMode).Dispose();
        byte[] value = Seeded.Random().Bytes(65_536);
        try
        {
            folder.SetAttribute("file"u8, new("trusted.large"u8.ToArray(), value));
        }
        catch (LinuxException e)
        {
            Assert.Skip($"this tmpfs takes no large attribute: {e.Message}");
        }

        folder.ReadAttributes("file"u8).ShouldHaveSingleItem().Value.ShouldBe(value);
    }

    [Fact]
    public void Attributes_of_a_link_are_its_own()
    {
        Assert.SkipUnless(Machine.IsRoot, "attributes of links are root's");
        Create("target"u8.ToArray());
        _folder.CreateSymbolicLink("link"u8, "target"u8);
        _folder.SetAttribute("link"u8, new("trusted.of"u8.ToArray(), "link"u8.ToArray()));
        _folder.ReadAttributes("target"u8).ShouldBeEmpty();
        _folder.ReadAttributes("link"u8).ShouldHaveSingleItem().Value.ShouldBe("link"u8.ToArray());
    }

    [Fact]
    public void A_folder_reads_its_own_attributes_by_the_name_dot()
    {
        _folder.SetAttribute("."u8, new("user.of"u8.ToArray(), "folder"u8.ToArray()));
        _folder.ReadAttributes("."u8).ShouldHaveSingleItem().Name.ShouldBe("user.of"u8.ToArray());
    }

    [Fact]
    public void A_hard_link_is_a_second_name_of_the_same_file()
    {
        Create("first"u8.ToArray());
        _folder.CreateDirectory("folder"u8, FolderMode);
        using DirectoryHandle folder = _folder.OpenDirectory("folder"u8);
        folder.CreateHardLink("second"u8, _folder, "first"u8);
        folder.Status("second"u8).Inode.ShouldBe(_folder.Status("first"u8).Inode);
        _folder.Status("first"u8).Links.ShouldBe(2ul);
        Fails(() => folder.CreateHardLink("second"u8, _folder, "first"u8)).Error.ShouldBe(Errno.Exists);
    }

    [Fact]
    public void A_hard_link_to_a_link_is_a_second_link()
    {
        _folder.CreateSymbolicLink("link"u8, "nowhere"u8);
        _folder.CreateHardLink("again"u8, _folder, "link"u8);
        _folder.ReadLink("again"u8).ShouldBe("nowhere"u8.ToArray());
    }

    [Fact]
    public void Renaming_replaces_what_has_the_new_name_also_across_folders()
    {
        Create("old"u8.ToArray(), "new content"u8.ToArray());
        _folder.CreateDirectory("folder"u8, FolderMode);
        using DirectoryHandle folder = _folder.OpenDirectory("folder"u8);
        folder.CreateFile("name"u8, FileMode).Dispose();
        _folder.Rename("old"u8, folder, "name"u8);
        _folder.TryStatus("old"u8, out _).ShouldBeFalse();
        folder.Status("name"u8).Size.ShouldBe(11);
        folder.Rename("name"u8, "other"u8);
        folder.ReadNames().ShouldHaveSingleItem().ShouldBe("other"u8.ToArray());
        Fails(() => _folder.Rename("old"u8, "x"u8)).IsMissing.ShouldBeTrue();
    }

    [Fact]
    public void Files_and_folders_are_removed_each_by_its_own_call()
    {
        Create("file"u8.ToArray());
        _folder.CreateDirectory("folder"u8, FolderMode);
        Fails(() => _folder.RemoveFile("folder"u8)).Error.ShouldBe(Errno.IsDirectory);
        Fails(() => _folder.RemoveDirectory("file"u8)).Error.ShouldBe(Errno.NotDirectory);
        _folder.RemoveFile("file"u8);
        _folder.RemoveDirectory("folder"u8);
        _folder.ReadNames().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1_700_000_000L, 123_456_789)]
    [InlineData(0L, 1)]
    [InlineData(-1L, 999_999_999)]
    [InlineData(-1_000_000_000L, 5)]
    [InlineData(4_000_000_000L, 0)]
    public void Times_are_kept_to_the_nanosecond(long seconds, int nanoseconds)
    {
        Create("file"u8.ToArray());
        _folder.CreateSymbolicLink("link"u8, "file"u8);
        var modify = new FileTime(seconds, nanoseconds);
        _folder.SetTimes("link"u8, new(5, 5), modify);
        _folder.SetTimes("file"u8, new(7, 7), modify);
        _folder.Status("link"u8).ModifyTime.ShouldBe(modify);
        _folder.Status("file"u8).ModifyTime.ShouldBe(modify);
        _folder.Status("link"u8).AccessTime.ShouldBe(new FileTime(5, 5));
        _folder.Status("file"u8).AccessTime.ShouldBe(new FileTime(7, 7));
    }

    [Fact]
    public void All_twelve_mode_bits_are_set_and_read()
    {
        Create("file"u8.ToArray());
        for (uint bits = 0; bits <= 0xFFF; bits += 0x49)
        {
            _folder.ChangePermissions("file"u8, bits);
            _folder.Status("file"u8).Permissions.ShouldBe(bits);
        }
    }

    [Fact]
    public void Changing_the_owner_changes_the_link_itself_and_clears_setuid()
    {
        Assert.SkipUnless(Machine.IsRoot, "changing owners needs root");
        Create("file"u8.ToArray());
        _folder.CreateSymbolicLink("link"u8, "file"u8);
        _folder.ChangePermissions("file"u8, 0x9ED); // 04755
        _folder.ChangeOwner("link"u8, 1234, 2_000_000_000);
        _folder.Status("link"u8).UserId.ShouldBe(1234u);
        _folder.Status("link"u8).GroupId.ShouldBe(2_000_000_000u);
        _folder.Status("file"u8).UserId.ShouldBe(0u);
        _folder.ChangeOwner("file"u8, 1234, DirectoryHandle.KeepOwner);
        _folder.Status("file"u8).UserId.ShouldBe(1234u);
        _folder.Status("file"u8).GroupId.ShouldBe(Machine.GroupId);
        _folder.Status("file"u8).Permissions.ShouldBe(0x1EDu, "the documented order: owner first, permissions afterwards");
    }

    [Fact]
    public void A_message_shows_an_odd_name_on_one_line()
    {
        byte[] name = [.. "a\nb"u8, 0xFF];
        LinuxException e = Fails(() => _folder.Status(name));
        e.Message.ShouldContain("a\\nb\\xff");
        PathText.Encode(e.Path).ShouldBe([.. Encoding.UTF8.GetBytes(_temp.Path + "/"), .. name]);
    }

    private static LinuxException Fails(Action action) => Should.Throw<LinuxException>(action);

    private static LinuxException Fails(Func<object?> action) => Should.Throw<LinuxException>(() => { action(); });

    private static byte[] Bytes(char letter, int count) => Encoding.ASCII.GetBytes(new string(letter, count));

    private void Create(byte[] name, byte[]? content = null)
    {
        using LinuxFile file = _folder.CreateFile(name, FileMode);
        file.Write(content);
    }

    private byte[] Content(byte[] name)
    {
        using LinuxFile file = _folder.OpenFile(name);
        var buffer = new byte[4096];
        return buffer[..file.ReadFull(buffer)];
    }
}
