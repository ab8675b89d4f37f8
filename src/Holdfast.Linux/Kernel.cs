using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <summary>What shall become of a call to the kernel that changes something.</summary>
internal enum KernelFault
{
    /// <summary>It is made.</summary>
    None,

    /// <summary>It is not made, and fails with EIO.</summary>
    Fails,

    /// <summary>Of a write, the first half is made, and it fails with EIO; other calls are not made.</summary>
    Torn,

    /// <summary>It is made, and fails with EIO all the same.</summary>
    ReplyLost,
}

/// <summary>
/// The calls by which files and folders of a repository, and of what is restored, change, so that the crash tests can count them and make each of them
/// fail. Without a script, they are the calls of libc.
/// </summary>
internal static unsafe class Kernel
{
    /// <summary>Asked before each call, by its name; null, the usual thing, for no faults. From any thread.</summary>
    internal static Func<string, KernelFault>? Script { get; set; }

    internal static int OpenAt(int directory, byte* path, int flags, uint mode)
    {
        KernelFault fault = (flags & (Native.Create | Native.Nameless)) != 0 ? Ask("create") : KernelFault.None;
        if (IsNotMade(fault))
        {
            return Fail();
        }

        int descriptor = Native.OpenAt(directory, path, flags, mode);
        if (fault == KernelFault.ReplyLost && descriptor >= 0)
        {
            _ = Native.Close(descriptor);
            return Fail();
        }

        return descriptor;
    }

    internal static nint Write(int descriptor, byte* buffer, nint length)
    {
        KernelFault fault = Ask("write");
        nint made = Share(fault, length);
        nint count = made > 0 || length == 0 ? Native.Write(descriptor, buffer, made) : 0;
        return fault == KernelFault.None ? count : Fail();
    }

    internal static nint WriteAt(int descriptor, byte* buffer, nint length, long offset)
    {
        KernelFault fault = Ask("pwrite");
        nint made = Share(fault, length);
        nint count = made > 0 || length == 0 ? Native.PWrite(descriptor, buffer, made, offset) : 0;
        return fault == KernelFault.None ? count : Fail();
    }

    internal static int SetLength(int descriptor, long length) =>
        Ask("ftruncate") is var fault && IsNotMade(fault) ? Fail() : Answer(fault, Native.FTruncate(descriptor, length));

    internal static int Reserve(int descriptor, long length) =>
        Ask("fallocate") is var fault && IsNotMade(fault) ? Fail() : Answer(fault, Native.FAllocate(descriptor, 0, 0, length));

    internal static int SymbolicLink(byte* target, int directory, byte* path) =>
        Ask("symlink") is var fault && IsNotMade(fault) ? Fail() : Answer(fault, Native.SymlinkAt(target, directory, path));

    internal static int Sync(int descriptor) => Ask("fsync") is var fault && IsNotMade(fault) ? Fail() : Answer(fault, Native.FSync(descriptor));

    internal static int ChangePermissions(int descriptor, uint permissions) =>
        Ask("chmod") is var fault && IsNotMade(fault) ? Fail() : Answer(fault, Native.FChMod(descriptor, permissions));

    internal static int MakeDirectory(int directory, byte* path, uint permissions) =>
        Ask("mkdir") is var fault && IsNotMade(fault) ? Fail() : Answer(fault, Native.MkDirAt(directory, path, permissions));

    internal static int Rename(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath) =>
        Ask("rename") is var fault && IsNotMade(fault) ? Fail() : Answer(fault, Native.RenameAt(oldDirectory, oldPath, newDirectory, newPath));

    internal static int Link(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, int flags) =>
        Ask("link") is var fault && IsNotMade(fault) ? Fail() : Answer(fault, Native.LinkAt(oldDirectory, oldPath, newDirectory, newPath, flags));

    internal static int Unlink(int directory, byte* path, int flags) =>
        Ask("unlink") is var fault && IsNotMade(fault) ? Fail() : Answer(fault, Native.UnlinkAt(directory, path, flags));

    /// <summary>The descriptor is gone in any case.</summary>
    internal static int Close(int descriptor) => Answer(Ask("close"), Native.Close(descriptor));

    private static KernelFault Ask(string call) => Script?.Invoke(call) ?? KernelFault.None;

    private static bool IsNotMade(KernelFault fault) => fault is KernelFault.Fails or KernelFault.Torn;

    /// <summary>How much of a write is made.</summary>
    private static nint Share(KernelFault fault, nint length) => fault switch
    {
        KernelFault.Fails => 0,
        KernelFault.Torn => length / 2,
        _ => length,
    };

    private static int Answer(KernelFault fault, int result) => fault == KernelFault.None ? result : Fail();

    private static int Fail()
    {
        Marshal.SetLastPInvokeError((int)Errno.InputOutput);
        return -1;
    }
}
