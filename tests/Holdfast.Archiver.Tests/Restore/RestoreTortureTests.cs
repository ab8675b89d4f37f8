using System.Buffers.Binary;
using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver.Tests;

/// <summary>What stock restic backed up comes back as it was, to the last attribute.</summary>
public sealed class RestoreTortureTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Everything_a_Linux_file_is_comes_back()
    {
        MakeSource();
        RestoreSummary summary = await RestoreAsync(new() { Verify = true });

        summary.Failures.ShouldBeEmpty();
        TreeListing.Of(_scratch.Target).ShouldBe(TreeListing.Of(_scratch.Source));
        summary.FilesVerified.ShouldBeGreaterThan(5);
    }

    [Fact]
    public async Task A_second_restore_writes_no_content_and_mends_metadata()
    {
        MakeSource();
        await RestoreAsync(new());
        string[] wanted = TreeListing.Of(_scratch.Target);
        Command.Run("chmod", "777", _scratch.Target + "/plain");
        Command.Run("touch", _scratch.Target + "/plain", _scratch.Target + "/folder");
        Command.Run("setfattr", "-n", "user.stray", "-v", "1", _scratch.Target + "/plain");

        RestoreSummary summary = await RestoreAsync(new());

        summary.Failures.ShouldBeEmpty();
        summary.BytesRestored.ShouldBe(0);
        TreeListing.Of(_scratch.Target).ShouldBe(wanted);
    }

    [Fact]
    public async Task Sparse_restores_leave_holes_and_plain_ones_do_not()
    {
        MakeSource();
        await RestoreAsync(new() { Sparse = true });
        Blocks("sparse").ShouldBeLessThan(512UL);
        TreeListing.Of(_scratch.Target).ShouldBe(TreeListing.Of(_scratch.Source));

        Command.Run("rm", "-rf", _scratch.Target);
        await RestoreAsync(new());
        Blocks("sparse").ShouldBeGreaterThan(16_000UL);
    }

    [Fact]
    public async Task An_inherited_acl_that_the_snapshot_lacks_is_taken_away()
    {
        MakeSource();
        Directory.CreateDirectory(_scratch.Target);
        using (DirectoryHandle scratch = DirectoryHandle.Open(_scratch.Path))
        {
            scratch.SetAttribute("target"u8, new("system.posix_acl_default"u8.ToArray(), Acl()));
        }

        (await RestoreAsync(new())).Failures.ShouldBeEmpty();
        TreeListing.Of(_scratch.Target).ShouldBe(TreeListing.Of(_scratch.Source));
    }

    private async Task<RestoreSummary> RestoreAsync(RestoreOptions options)
    {
        string repository = _scratch.Path + "/repository";
        if (!Directory.Exists(repository))
        {
            Command.Run("restic", "--no-cache", "-r", repository, "init");
            Command.RunIn(_scratch.Source, "restic", "--no-cache", "-r", repository, "backup", ".");
        }

        await using OpenRepository open = await Repository.Repository.OpenAsync(
            new LocalBackend(repository), DraftRepository.Password, new(), default);
        IndexedRepository indexed = await open.LoadIndexAsync(null, default);
        StoredSnapshot snapshot = (await open.ListSnapshotsAsync(null, default))[^1];
        return await new Restorer(indexed, options, new()).RestoreAsync(snapshot.Snapshot.Tree!.Value, "/", _scratch.Target, default);
    }

    private ulong Blocks(string name)
    {
        using DirectoryHandle target = DirectoryHandle.Open(_scratch.Target);
        return target.Status(PathText.Encode(name)).Blocks;
    }

    private void MakeSource()
    {
        using DirectoryHandle source = DirectoryHandle.Open(_scratch.Source);
        source.CreateDirectory("folder"u8, 0x1ED);
        using DirectoryHandle folder = source.OpenDirectory("folder"u8);
        Write(source, "plain"u8, DraftRepository.Random(100_000, 1));
        Write(source, "empty"u8, []);
        Write(source, "big"u8, DraftRepository.Random(20 << 20, 2));
        Write(source, "\xFF\n\"odd\" \\name"u8, [1]);
        Write(source, [0xFE, 0x20, 0xC3], [2]);
        Write(source, new string('n', 255).Select(c => (byte)c).ToArray(), [3]);
        using (LinuxFile sparse = source.CreateFile("sparse"u8, 0x1A4))
        {
            sparse.WriteAt([1, 2, 3], 5_000_000);
            sparse.SetLength(10_000_000);
        }

        MakeLinks(source, folder);
        MakeSpecial(source);
        SetAttributes(source, folder);
        foreach (byte[] name in folder.ReadNames())
        {
            folder.SetTimes(name, DraftRepository.Time, new(-1_000_000, 1));
        }

        foreach (byte[] name in source.ReadNames())
        {
            source.SetTimes(name, DraftRepository.Time, new(1_234_567_890, 987_654_321));
        }
    }

    private static void MakeLinks(DirectoryHandle source, DirectoryHandle folder)
    {
        folder.CreateHardLink("plain again"u8, source, "plain"u8);
        source.CreateHardLink("a first name"u8, source, "plain"u8);
        source.CreateSymbolicLink("dangling"u8, "/nowhere/\xFF"u8);
        source.CreateSymbolicLink("link"u8, "plain"u8);
        folder.CreateHardLink("the same link"u8, source, "link"u8);
        source.ChangeOwner("link"u8, 1234, 4321);
    }

    private static void MakeSpecial(DirectoryHandle source)
    {
        source.CreateSpecial("fifo"u8, FileKind.Fifo, 0x1A4, 0); // restic does not record that one has links
        source.CreateSpecial("device"u8, FileKind.CharacterDevice, 0x1B6, 0x103);
        source.CreateSpecial("disk"u8, FileKind.BlockDevice, 0x1B6, 0x700);
        source.ChangePermissions("device"u8, 0x1B6);
        source.CreateHardLink("the same device"u8, source, "device"u8);
        Write(source, "setuid"u8, [4]);
        source.ChangeOwner("setuid"u8, 33, 44);
        source.ChangePermissions("setuid"u8, 0xDED); // 06755
        source.CreateDirectory("sticky"u8, 0x1FF);
        source.ChangePermissions("sticky"u8, 0x3FF); // 01777
        Write(source, "unreadable"u8, [5]);
        source.ChangePermissions("unreadable"u8, 0);
        source.CreateDirectory("read only"u8, 0x1ED);
        using DirectoryHandle readOnly = source.OpenDirectory("read only"u8);
        Write(readOnly, "inside"u8, [6]);
        source.ChangePermissions("read only"u8, 0x16D); // 0555
    }

    private static void SetAttributes(DirectoryHandle source, DirectoryHandle folder)
    {
        source.SetAttribute("plain"u8, new("user.comment"u8.ToArray(), [0, 255, 10]));
        source.SetAttribute("empty"u8, new("system.posix_acl_access"u8.ToArray(), Acl()));
        source.SetAttribute("folder"u8, new("system.posix_acl_default"u8.ToArray(), Acl()));
        Write(source, "capable"u8, [7]);
        source.ChangeOwner("capable"u8, 12, 13);
        byte[] capability = new byte[20];
        BinaryPrimitives.WriteUInt32LittleEndian(capability, 0x02000001);
        BinaryPrimitives.WriteUInt32LittleEndian(capability.AsSpan(4), 0x2000);
        source.SetAttribute("capable"u8, new("security.capability"u8.ToArray(), capability));
        Write(folder, "inherits"u8, [8]);
    }

    /// <summary>user::rw-, user:1234:r--, group::r--, mask::r--, other::---</summary>
    private static byte[] Acl()
    {
        byte[] acl = new byte[4 + (5 * 8)];
        BinaryPrimitives.WriteUInt32LittleEndian(acl, 2);
        (ushort Tag, ushort Permissions, uint Id)[] entries =
            [(1, 6, uint.MaxValue), (2, 4, 1234), (4, 4, uint.MaxValue), (0x10, 4, uint.MaxValue), (0x20, 0, uint.MaxValue)];
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = acl.AsSpan(4 + (i * 8));
            BinaryPrimitives.WriteUInt16LittleEndian(entry, entries[i].Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], entries[i].Permissions);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], entries[i].Id);
        }

        return acl;
    }

    private static void Write(DirectoryHandle folder, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        using LinuxFile file = folder.CreateFile(name, 0x1A4);
        file.Write(content);
    }
}
