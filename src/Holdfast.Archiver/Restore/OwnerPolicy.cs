using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>Owners are restored by number. Who is not root gets as much of it as the kernel grants, and that is no failure.</summary>
internal static class OwnerPolicy
{
    /// <exception cref="LinuxException"/>
    internal static void Set(uint user, uint group, Action<uint, uint> change)
    {
        try
        {
            change(user, group);
        }
        catch (LinuxException e) when (e.Error == Errno.NotPermitted && !Machine.IsRoot)
        {
            SetGroup(group, change);
        }
    }

    /// <summary>A group that the user belongs to can be given without being root.</summary>
    private static void SetGroup(uint group, Action<uint, uint> change)
    {
        try
        {
            change(DirectoryHandle.KeepOwner, group);
        }
        catch (LinuxException e) when (e.Error == Errno.NotPermitted)
        {
            // The file stays with its restorer, as restic has it.
        }
    }
}
