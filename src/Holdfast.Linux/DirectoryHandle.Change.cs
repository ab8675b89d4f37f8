namespace Holdfast.Linux;

/// <content>Creating, renaming, removing, and setting metadata.</content>
public sealed unsafe partial class DirectoryHandle
{
    /// <summary>Leaves an owner or group as it is, in <see cref="ChangeOwner"/>.</summary>
    public const uint KeepOwner = uint.MaxValue;

    private delegate int EntryCall(byte* path);

    /// <exception cref="LinuxException"/>
    public void CreateDirectory(ReadOnlySpan<byte> name, uint permissions) =>
        Call("create the directory", name, p => Kernel.MakeDirectory(Descriptor, p, permissions));

    /// <exception cref="LinuxException"/>
    public void CreateSymbolicLink(ReadOnlySpan<byte> name, ReadOnlySpan<byte> target)
    {
        Span<byte> targetPath = stackalloc byte[CPath.MaxLength];
        CPath.Terminate(target, targetPath, "create a link to");
        fixed (byte* t = targetPath)
        {
            nint pinned = (nint)t;
            Call("create the link", name, p => Kernel.SymbolicLink((byte*)pinned, Descriptor, p));
        }
    }

    /// <summary>Gives the entry <paramref name="existing"/> of another directory a second name here; a link is not followed.</summary>
    /// <exception cref="LinuxException"/>
    public void CreateHardLink(ReadOnlySpan<byte> name, DirectoryHandle existingDirectory, ReadOnlySpan<byte> existing)
    {
        Span<byte> existingPath = stackalloc byte[CPath.MaxLength];
        CPath.Terminate(existing, existingPath, "create a hard link to");
        fixed (byte* e = existingPath)
        {
            nint pinned = (nint)e;
            Call("create the hard link", name, p => Kernel.Link(existingDirectory.Descriptor, (byte*)pinned, Descriptor, p, 0));
        }
    }

    /// <summary>Gives a file of <see cref="CreateNamelessFile"/> its name; an entry that has it already is an error.</summary>
    /// <exception cref="LinuxException"/>
    public void CreateHardLink(ReadOnlySpan<byte> name, LinuxFile nameless)
    {
        // By its path in /proc, because the direct way is for those only who may read everything.
        Span<byte> existing = stackalloc byte[CPath.MaxLength];
        CPath.Terminate(PathText.Encode($"/proc/self/fd/{nameless.RawDescriptor}"), existing, "create a hard link to");
        fixed (byte* e = existing)
        {
            nint pinned = (nint)e;
            Call("create the hard link", name, p => Kernel.Link(Native.AtCurrentDirectory, (byte*)pinned, Descriptor, p, Native.AtSymlinkFollow));
        }
    }

    /// <summary>Creates a FIFO, device or socket node.</summary>
    /// <exception cref="LinuxException"/>
    public void CreateSpecial(ReadOnlySpan<byte> name, FileKind kind, uint permissions, ulong device) =>
        Call("create the special file", name, p => Native.MkNodAt(Descriptor, p, (uint)kind | permissions, device));

    /// <summary>Moves an entry, replacing what has the new name; atomic, within one file system.</summary>
    /// <exception cref="LinuxException"/>
    public void Rename(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to) => Rename(from, this, to);

    /// <inheritdoc cref="Rename(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public void Rename(ReadOnlySpan<byte> from, DirectoryHandle targetDirectory, ReadOnlySpan<byte> to)
    {
        Span<byte> fromPath = stackalloc byte[CPath.MaxLength];
        CPath.Terminate(from, fromPath, "rename");
        fixed (byte* f = fromPath)
        {
            nint pinned = (nint)f;
            targetDirectory.Call("rename to", to, p => Kernel.Rename(Descriptor, (byte*)pinned, targetDirectory.Descriptor, p));
        }
    }

    /// <summary>Removes anything that is not a directory.</summary>
    /// <exception cref="LinuxException"/>
    public void RemoveFile(ReadOnlySpan<byte> name) => Call("remove", name, p => Kernel.Unlink(Descriptor, p, 0));

    /// <summary>Removes an empty directory.</summary>
    /// <exception cref="LinuxException"/>
    public void RemoveDirectory(ReadOnlySpan<byte> name) =>
        Call("remove the directory", name, p => Kernel.Unlink(Descriptor, p, Native.AtRemoveDirectory));

    /// <summary>Sets owner and group of an entry, links not followed. The kernel clears setuid: set the permissions afterwards.</summary>
    /// <exception cref="LinuxException"/>
    public void ChangeOwner(ReadOnlySpan<byte> name, uint user, uint group) =>
        Call("change the owner of", name, p => Native.FChOwnAt(Descriptor, p, user, group, Native.AtSymlinkNoFollow));

    /// <summary>Sets the low twelve mode bits. Not for symbolic links: the kernel would follow them.</summary>
    /// <exception cref="LinuxException"/>
    public void ChangePermissions(ReadOnlySpan<byte> name, uint permissions) =>
        Call("change the permissions of", name, p => Native.FChModAt(Descriptor, p, permissions, 0));

    /// <summary>Sets access and modification time of an entry, links not followed.</summary>
    /// <exception cref="LinuxException"/>
    public void SetTimes(ReadOnlySpan<byte> name, FileTime access, FileTime modify)
    {
        Call("set the times of", name, p =>
        {
            Native.TimeSpec* times = stackalloc Native.TimeSpec[2];
            times[0] = new() { Seconds = access.Seconds, Nanoseconds = access.Nanoseconds };
            times[1] = new() { Seconds = modify.Seconds, Nanoseconds = modify.Nanoseconds };
            return Native.UTimeNsAt(Descriptor, p, times, Native.AtSymlinkNoFollow);
        });
    }

    /// <summary>Makes the entries of this directory durable: its names, not their content.</summary>
    /// <exception cref="LinuxException"/>
    public void Sync()
    {
        if (Kernel.Sync(Descriptor) != 0)
        {
            throw LinuxException.FromLastError("sync the directory", Path);
        }
    }

    private void Call(string action, ReadOnlySpan<byte> name, EntryCall call)
    {
        Span<byte> path = stackalloc byte[CPath.MaxLength];
        CPath.Terminate(name, path, action);
        fixed (byte* p = path)
        {
            if (call(p) != 0)
            {
                throw Failure(action, name);
            }
        }
    }
}
