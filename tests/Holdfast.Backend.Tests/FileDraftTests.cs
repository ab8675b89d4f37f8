using System.Security.Cryptography;
using Holdfast.Fixtures;
using Holdfast.Linux;

namespace Holdfast.Backend.Tests;

public sealed class FileDraftTests : IDisposable
{
    private const int Piece = 64 << 10;

    private readonly TempFolder _temp = new();
    private readonly Random _random = Seeded.Random();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Root => _temp["repository"];

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 100)]
    [InlineData(1, 0)]
    [InlineData(7, 4097)]
    public async Task It_has_no_name_before_its_end_and_then_that_of_its_content(int pieces, int rest)
    {
        LocalBackend backend = await MakeAsync();
        Memory<byte> content = Content(pieces, rest);
        await using FileDraft draft = backend.TryBegin(FileType.Pack).ShouldNotBeNull();
        Task[] parts = Append(draft, content);
        await Task.WhenAll(parts);
        Files().ShouldBeEmpty();

        BackendFile file = await draft.FinishAsync(FileType.Pack); // D1
        file.ShouldBe(new(FileType.Pack, Convert.ToHexStringLower(SHA256.HashData(content.Span))));
        string path = $"{Root}/{file.RelativePath}";
        Files().ShouldBe([path]);
        File.ReadAllBytes(path).ShouldBe(content.ToArray());
        File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead);
    }

    [Fact]
    public async Task One_that_is_not_finished_leaves_nothing()
    {
        LocalBackend backend = await MakeAsync();
        await using (FileDraft draft = backend.TryBegin(FileType.Pack).ShouldNotBeNull())
        {
            _ = Append(draft, Content(20, 0)); // not waited for: that is what disposing does
        }

        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_folder_on_another_disk_gets_it_all_the_same()
    {
        SmallDisk.Need();
        using var disk = new SmallDisk("4m");
        LocalBackend backend = await MakeAsync();
        for (int i = 0; i < 256; i++)
        {
            Directory.Delete($"{Root}/data/{i:x2}");
            Directory.CreateSymbolicLink($"{Root}/data/{i:x2}", Directory.CreateDirectory($"{disk.Path}/{i:x2}").FullName);
        }

        Memory<byte> content = Content(9, 1000);
        BackendFile file = await StoreAsync(backend, content);
        (await backend.ReadAllAsync(file)).ShouldBe(content.ToArray());
        (await backend.ListAllAsync(FileType.Pack)).ShouldHaveSingleItem().File.ShouldBe(file);
    }

    [Fact]
    public async Task A_damaged_file_of_its_name_is_replaced()
    {
        LocalBackend backend = await MakeAsync();
        Memory<byte> content = Content(2, 1000);
        BackendFile file = await StoreAsync(backend, content);
        string path = $"{Root}/{file.RelativePath}";
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(path, [1, 2, 3]);
        await StoreAsync(backend, content);
        File.ReadAllBytes(path).ShouldBe(content.ToArray());
    }

    [Fact]
    public async Task A_full_disk_fails_it_and_all_that_follows_and_gets_its_room_back()
    {
        SmallDisk.Need();
        using var disk = new SmallDisk("2m");
        var backend = new LocalBackend(disk.Path);
        await backend.CreateAsync(Cancellation);
        await using (FileDraft draft = backend.TryBegin(FileType.Pack).ShouldNotBeNull())
        {
            Task[] parts = Append(draft, Content(48, 0));
            Task<BackendFile> end = draft.FinishAsync(FileType.Pack);
            foreach (Task late in (Task[])[.. parts[32..], end])
            {
                BackupException e = await Should.ThrowAsync<BackupException>(() => late);
                e.Kind.ShouldBe(BackupErrorKind.NoSpace);
                e.Message.ShouldContain(disk.Path);
            }
        }

        Directory.EnumerateFiles(disk.Path, "*", SearchOption.AllDirectories).ShouldBeEmpty();
        await StoreAsync(backend, Content(16, 0));
    }

    [Fact]
    public async Task Where_files_need_a_name_there_is_none()
    {
        LocalBackend backend = await MakeAsync();
        Directory.Delete($"{Root}/data", recursive: true);
        backend.TryBegin(FileType.Pack).ShouldBeNull("there is no folder");
        Directory.CreateSymbolicLink($"{Root}/data", "/proc/self/task");
        backend.TryBegin(FileType.Pack).ShouldBeNull("/proc makes no files");
    }

    private async Task<LocalBackend> MakeAsync()
    {
        var backend = new LocalBackend(Root);
        await backend.CreateAsync(Cancellation);
        await backend.SaveAsync(BackendFile.Config, "config"u8.ToArray(), Cancellation);
        return backend;
    }

    private async Task<BackendFile> StoreAsync(LocalBackend backend, ReadOnlyMemory<byte> content)
    {
        await using FileDraft draft = backend.TryBegin(FileType.Pack).ShouldNotBeNull();
        _ = Append(draft, content);
        return await draft.FinishAsync(FileType.Pack);
    }

    private static Task[] Append(FileDraft draft, ReadOnlyMemory<byte> content) =>
        [.. Enumerable.Range(0, (content.Length + Piece - 1) / Piece).Select(i => draft.AppendAsync(content[(i * Piece)..Math.Min(content.Length, (i + 1) * Piece)]))];

    private Memory<byte> Content(int pieces, int rest)
    {
        Memory<byte> content = Pages.Allocate((pieces * Piece) + rest);
        _random.NextBytes(content.Span);
        return content;
    }

    private string[] Files() => [.. Directory.EnumerateFiles($"{Root}/data", "*", SearchOption.AllDirectories)];
}
