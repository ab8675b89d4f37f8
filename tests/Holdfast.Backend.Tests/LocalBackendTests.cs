using System.Text;
using Holdfast.Fixtures;
using Holdfast.Linux;

namespace Holdfast.Backend.Tests;

public sealed class LocalBackendTests : BackendConformance
{
    private readonly TempFolder _temp = new();

    private string Root => _temp["repository"];

    [Fact]
    public async Task The_layout_is_the_one_that_restic_makes()
    {
        string theirs = _temp["theirs"];
        (await new Restic(Restic.Stock, theirs, "password").RunAsync("init")).ShouldSucceed();
        Layout(Root).ShouldBe(Layout(theirs));
        byte[] content = "content"u8.ToArray();
        string name = FileOf(FileType.Pack, content).Name;
        await Backend.SaveAsync(FileOf(FileType.Pack, content), content, Cancellation);
        await Backend.SaveAsync(BackendFile.Config, content, Cancellation);
        foreach (string path in (string[])[$"data/{name[..2]}/{name}", "config"])
        {
            File.ReadAllBytes($"{Root}/{path}").ShouldBe(content);
            File.GetUnixFileMode($"{Root}/{path}").ShouldBe(UnixFileMode.UserRead);
        }

        foreach (FileType type in (FileType[])[FileType.Key, FileType.Lock, FileType.Snapshot, FileType.Index])
        {
            await Backend.SaveAsync(FileOf(type, content), content, Cancellation);
            File.Exists($"{Root}/{BackendFile.Folder(type)}/{name}").ShouldBeTrue();
        }
    }

    [Fact]
    public async Task A_folder_that_a_copy_left_out_because_it_was_empty_is_made_when_it_is_needed()
    {
        byte[] content = "content"u8.ToArray();
        await Backend.SaveAsync(BackendFile.Config, content, Cancellation);
        foreach (FileType type in (FileType[])[FileType.Pack, FileType.Lock])
        {
            Directory.Delete($"{Root}/{BackendFile.Folder(type)}", recursive: true);
            (await Backend.HasPlaceAsync(type, Cancellation)).ShouldBeFalse();
            (await Backend.ListAllAsync(type)).ShouldBeEmpty();
            (await Backend.FindSizeAsync(FileOf(type, content), Cancellation)).ShouldBeNull();
            await Backend.SaveAsync(FileOf(type, content), content, Cancellation);
            (await Backend.ReadAllAsync(FileOf(type, content))).ShouldBe(content);
        }
    }

    [Fact]
    public async Task What_is_large_and_not_cached_comes_past_the_page_cache()
    {
        byte[] content = Seeded.Random().Bytes(8 << 20);
        BackendFile file = FileOf(FileType.Pack, content);
        await Backend.SaveAsync(file, content, Cancellation);
        string path = $"{Root}/data/{file.Name[..2]}/{file.Name}";
        PageCache.Need(path);
        Memory<byte> buffer = Pages.Allocate(6 << 20);

        (await Backend.ReadAsync(file, 4 << 20, buffer, Cancellation)).ShouldBe(4 << 20);
        buffer.Span[..(4 << 20)].SequenceEqual(content.AsSpan(4 << 20)).ShouldBeTrue();
        PageCache.Pages(path).ShouldBeLessThan(100, "no more than the kernel reads ahead");

        File.ReadAllBytes(path).ShouldBe(content);
        buffer.Span.Clear();
        (await Backend.ReadAsync(file, 4 << 20, buffer, Cancellation)).ShouldBe(4 << 20);
        buffer.Span[..(4 << 20)].SequenceEqual(content.AsSpan(4 << 20)).ShouldBeTrue("out of the cache, too");
        PageCache.Pages(path).ShouldBe(content.Length / Environment.SystemPageSize, "and there it stays");
    }

    [Fact]
    public async Task Nothing_is_made_where_the_whole_repository_is_away()
    {
        Directory.Delete(Root, recursive: true);
        Directory.CreateDirectory(Root);
        BackupException e = await Should.ThrowAsync<BackupException>(
            async () => await Backend.SaveAsync(FileOf(FileType.Lock, []), "x"u8.ToArray(), Cancellation));
        e.Kind.ShouldBe(BackupErrorKind.NotFound);
        e.Message.ShouldContain(Root);
        Directory.EnumerateFileSystemEntries(Root).ShouldBeEmpty("an unmounted disk must not get a repository on its mount point");
    }

    [Fact]
    public async Task A_failed_save_leaves_neither_the_file_nor_its_temporary_behind()
    {
        SmallDisk.Need();
        using var disk = new SmallDisk("2m");
        var backend = new LocalBackend(disk.Path);
        await backend.CreateAsync(Cancellation);
        byte[] content = Random.Bytes(3 << 20);
        BackendFile file = FileOf(FileType.Pack, content);

        BackupException e = await Should.ThrowAsync<BackupException>(async () => await backend.SaveAsync(file, content, Cancellation)); // D1
        e.Kind.ShouldBe(BackupErrorKind.NoSpace);
        e.IsTransient.ShouldBeFalse();
        e.Message.ShouldContain(disk.Path);
        Directory.EnumerateFiles(disk.Path, "*", SearchOption.AllDirectories).ShouldBeEmpty();
        (await backend.FindSizeAsync(file, Cancellation)).ShouldBeNull();

        await backend.SaveAsync(file, content.AsMemory(0, 1 << 20), Cancellation);
        (await backend.FindSizeAsync(file, Cancellation)).ShouldBe(1 << 20, "the room is free again");
    }

    [Fact]
    public async Task A_failed_save_leaves_the_file_that_was_there_before()
    {
        SmallDisk.Need();
        using var disk = new SmallDisk("2m");
        var backend = new LocalBackend(disk.Path);
        await backend.CreateAsync(Cancellation);
        await backend.SaveAsync(BackendFile.Config, "first"u8.ToArray(), Cancellation);
        await Should.ThrowAsync<BackupException>(async () => await backend.SaveAsync(BackendFile.Config, Random.Bytes(3 << 20), Cancellation));
        (await backend.ReadAllAsync(BackendFile.Config)).ShouldBe("first"u8.ToArray());
    }

    [Fact]
    public async Task A_read_only_disk_says_so_and_can_be_read()
    {
        SmallDisk.Need();
        using var disk = new SmallDisk("2m");
        var backend = new LocalBackend(disk.Path);
        await backend.CreateAsync(Cancellation);
        byte[] content = "content"u8.ToArray();
        await backend.SaveAsync(FileOf(FileType.Snapshot, content), content, Cancellation);
        disk.MakeReadOnly();

        (await backend.ReadAllAsync(FileOf(FileType.Snapshot, content))).ShouldBe(content);
        foreach (Func<Task> write in (Func<Task>[])
        [
            () => backend.SaveAsync(FileOf(FileType.Lock, content), content, Cancellation),
            () => backend.RemoveAsync(FileOf(FileType.Snapshot, content), Cancellation),
        ])
        {
            BackupException e = await Should.ThrowAsync<BackupException>(write);
            e.Kind.ShouldBe(BackupErrorKind.Unreachable);
            e.Message.ShouldContain("read-only file system", Case.Insensitive);
            e.Message.ShouldContain(disk.Path);
        }
    }

    [Fact]
    public async Task A_folder_that_cannot_be_read_is_an_error_and_not_an_empty_listing()
    {
        Directory.Delete($"{Root}/snapshots");
        File.CreateSymbolicLink($"{Root}/snapshots", "snapshots");
        BackupException e = await Should.ThrowAsync<BackupException>(() => Backend.ListAllAsync(FileType.Snapshot));
        e.Kind.ShouldBe(BackupErrorKind.Unreachable);
        e.Message.ShouldContain("snapshots");
    }

    [Fact]
    public async Task A_repository_may_lie_below_a_name_that_is_no_utf8_and_be_made_with_its_parents()
    {
        string root = $"{_temp.Path}/{PathText.Decode([0xFF, (byte)'x'])}/a/b";
        var backend = new LocalBackend(root + "/");
        await backend.CreateAsync(Cancellation);
        await backend.SaveAsync(BackendFile.Config, "x"u8.ToArray(), Cancellation);
        byte[] content = "content"u8.ToArray();
        await backend.SaveAsync(FileOf(FileType.Pack, content), content, Cancellation);
        (await backend.ListAllAsync(FileType.Pack)).Count.ShouldBe(1);
        await backend.CreateAsync(Cancellation);
        LocalBackend.HoldsRepository(root).ShouldBeTrue();
        LocalBackend.HoldsRepository(_temp.Path).ShouldBeFalse();
    }

    [Fact]
    public async Task The_time_of_a_file_is_the_one_at_which_it_was_written()
    {
        byte[] content = "content"u8.ToArray();
        BackendFile file = FileOf(FileType.Lock, content);
        await Backend.SaveAsync(file, content, Cancellation);
        DateTimeOffset written = (await Backend.FindTimeAsync(file, Cancellation)).ShouldNotBeNull();
        written.UtcDateTime.ShouldBe(File.GetLastWriteTimeUtc($"{Root}/{file.RelativePath}"));
        written.ShouldBeInRange(TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(5));
    }

    [Fact]
    public async Task A_file_whose_place_another_takes_is_never_missed_with_that_one()
    {
        string[] paths = [$"{Root}/locks/{new string('a', 64)}", $"{Root}/locks/{new string('b', 64)}"];
        File.WriteAllText(paths[0], "lock");
        bool isOver = false;
        Task replacing = Task.Run(() =>
        {
            for (int i = 0; !Volatile.Read(ref isOver); i++)
            {
                File.WriteAllText(paths[(i + 1) % 2], "lock"); // the new one is there before the old one goes
                File.Delete(paths[i % 2]);
            }
        }, Cancellation);
        int missed = 0;
        for (int i = 0; i < 5000; i++)
        {
            missed += (await Backend.ListAllAsync(FileType.Lock)).Count == 0 ? 1 : 0;
        }

        Volatile.Write(ref isOver, true);
        await replacing;
        missed.ShouldBe(0);
    }

    [Fact]
    public async Task Temporary_names_of_a_crashed_save_are_not_taken_for_files()
    {
        string name = FileOf(FileType.Snapshot, []).Name;
        File.WriteAllText($"{Root}/snapshots/{name}-tmp-0123456789abcdef0123456789abcdef", "half");
        (await Backend.ListAllAsync(FileType.Snapshot)).ShouldBeEmpty();
    }

    private protected override IBackend Make() => new LocalBackend(Root);

    private protected override void CleanUp() => _temp.Dispose();

    private protected override void PlaceForeignFiles(FileType type)
    {
        string hex = new('a', 64);
        string folder = type == FileType.Pack ? $"{Root}/data/aa" : $"{Root}/{BackendFile.Folder(type)}";
        File.WriteAllText($"{folder}/README", "not ours");
        File.WriteAllText($"{folder}/{hex[..63]}", "too short");
        File.WriteAllText($"{folder}/{hex}a", "too long");
        File.WriteAllText($"{folder}/{hex.ToUpperInvariant()}", "in capitals");
        Directory.CreateDirectory($"{folder}/{hex}");
        File.CreateSymbolicLink($"{folder}/{new string('b', 64)}", "README");
        using DirectoryHandle handle = DirectoryHandle.Open(folder);
        handle.CreateFile([0xFF, .. Encoding.ASCII.GetBytes(hex[1..])], 0x180).Dispose();
    }

    /// <summary>The folders of a repository, with their permissions.</summary>
    private static List<string> Layout(string root) =>
    [
        .. Directory.EnumerateDirectories(root, "*", SearchOption.AllDirectories)
            .Select(d => $"{Path.GetRelativePath(root, d)} {File.GetUnixFileMode(d)}").Order(),
    ];
}
