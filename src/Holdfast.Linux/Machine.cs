using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <summary>Facts about this process and this machine.</summary>
public static unsafe class Machine
{
    private const int ErrnoNoSuchProcess = 3;

    /// <summary>The namespace of process ids that a machine starts with; the kernel gives it this number everywhere.</summary>
    private const string FirstProcessNamespace = "pid:[4026531836]";

    public static uint UserId => Native.GetEffectiveUserId();

    public static uint GroupId => Native.GetEffectiveGroupId();

    public static bool IsRoot => UserId == 0;

    /// <summary>The host name as restic records it, with its domain where it has one.</summary>
    public static string HostName => File.Exists("/proc/sys/kernel/hostname")
        ? File.ReadAllText("/proc/sys/kernel/hostname").Trim()
        : Environment.MachineName;

    /// <summary>
    /// Where process ids of this process count: the running kernel (its boot id, which containers share and clones do not) and the namespace of
    /// process ids in it. Null where the system does not say.
    /// </summary>
    public static string? ProcessSpace { get; } = FindProcessSpace();

    /// <summary>The namespace of process ids, as <c>pid:[N]</c>, where it is another than that of the machine, as in a container; otherwise null.</summary>
    public static string? OwnProcessNamespace =>
        ProcessSpace?[(ProcessSpace.IndexOf('/') + 1)..] is { } space && space != FirstProcessNamespace ? space : null;

    /// <summary>Whether a process of that id exists on this machine, whoever owns it.</summary>
    public static bool ProcessExists(int id) =>
        Native.Kill(id, 0) == 0 || Marshal.GetLastPInvokeError() != ErrnoNoSuchProcess;

    private static string? FindProcessSpace()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() is { Length: > 0 } boot
                && new FileInfo("/proc/self/ns/pid").LinkTarget is { } space ? $"{boot}/{space}" : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static bool IsTerminal(int descriptor) => Native.IsATty(descriptor) == 1;
}
