using System.Buffers.Binary;
using Holdfast.Linux;

namespace Holdfast.Archiver.Tests;

/// <summary>A folder with everything that a Linux file can be.</summary>
internal static class TortureTree
{
    internal static readonly FileTime Time = new(1_600_000_000, 123_456_789);

    internal static byte[] Random(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    internal static void Make(string path)
    {
        using DirectoryHandle source = DirectoryHandle.Open(path);
        source.CreateDirectory("folder"u8, 0x1ED);
        using DirectoryHandle folder = source.OpenDirectory("folder"u8);
        Write(source, "plain"u8, Random(100_000, 1));
        Write(source, "empty"u8, []);
        Write(source, "big"u8, Random(20 << 20, 2));
        foreach (int size in (int[])[(512 << 10) - 1, 512 << 10, (512 << 10) + 1, (8 << 20) - 1, 8 << 20, (8 << 20) + 1])
        {
            Write(source, PathText.Encode($"size {size}"), Random(size, 3)); // around what is read at once, and the largest chunk
        }

        Write(source, "\xFF\n\"odd\" \\name"u8, [1]);
        Write(source, [0xFE, 0x20, 0xC3], [2]);
        Write(source, "trailing blanks  "u8, [2]);
        Write(source, "\ttab\r\n"u8, [2]);
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
            folder.SetTimes(name, Time, new(-1_000_000, 1));
        }

        foreach (byte[] name in source.ReadNames())
        {
            source.SetTimes(name, Time, new(1_234_567_890, 987_654_321));
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
    internal static byte[] Acl()
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
