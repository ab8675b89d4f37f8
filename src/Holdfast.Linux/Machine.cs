using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <summary>Facts about this process and this machine.</summary>
public static unsafe class Machine
{
    private const int ErrnoNoSuchProcess = 3;

    public static uint UserId => Native.GetEffectiveUserId();

    public static uint GroupId => Native.GetEffectiveGroupId();

    public static bool IsRoot => UserId == 0;

    /// <summary>The host name as restic records it, with its domain where it has one.</summary>
    public static string HostName => File.Exists("/proc/sys/kernel/hostname")
        ? File.ReadAllText("/proc/sys/kernel/hostname").Trim()
        : Environment.MachineName;

    /// <summary>Whether a process of that id exists on this machine, whoever owns it.</summary>
    public static bool ProcessExists(int id) =>
        Native.Kill(id, 0) == 0 || Marshal.GetLastPInvokeError() != ErrnoNoSuchProcess;

    public static bool IsTerminal(int descriptor) => Native.IsATty(descriptor) == 1;
}
