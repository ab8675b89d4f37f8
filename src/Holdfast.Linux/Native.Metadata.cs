using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <content>Metadata of open files, as a backup reads and a restore sets it: by descriptor, so that a swapped name changes nothing.</content>
internal static unsafe partial class Native
{
    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    internal static partial int FChOwn(int descriptor, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "futimens", SetLastError = true)]
    internal static partial int FUTimeNs(int descriptor, TimeSpec* times);

    [LibraryImport("libc", EntryPoint = "flistxattr", SetLastError = true)]
    internal static partial nint FListXAttr(int descriptor, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "fgetxattr", SetLastError = true)]
    internal static partial nint FGetXAttr(int descriptor, byte* name, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "fsetxattr", SetLastError = true)]
    internal static partial int FSetXAttr(int descriptor, byte* name, byte* value, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "fremovexattr", SetLastError = true)]
    internal static partial int FRemoveXAttr(int descriptor, byte* name);
}
