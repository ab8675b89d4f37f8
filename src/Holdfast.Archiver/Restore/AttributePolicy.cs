using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>Which extended attributes a restore sets and removes, and what it says of those that it cannot set. Thread-safe.</summary>
internal sealed class AttributePolicy(RestoreOptions options)
{
    internal static bool IsDefaultAcl(ReadOnlySpan<byte> name) => name.SequenceEqual("system.posix_acl_default"u8);

    /// <summary>Whether a restore is about this attribute; where not, it is neither set nor removed.</summary>
    internal bool IsSelected(ReadOnlySpan<byte> name) => options.SelectAttribute is not { } selects || selects(PathText.Decode(name));

    /// <summary>
    /// Whether an attribute that is on a file is to go, because the snapshot does not have it. Labels that the kernel's
    /// security modules put on every file stay: they are this machine's, and cannot be removed.
    /// </summary>
    internal bool IsToRemove(ReadOnlySpan<byte> name, Node node)
    {
        foreach (ExtendedAttribute wanted in node.ExtendedAttributes)
        {
            if (name.SequenceEqual(wanted.Name))
            {
                return false;
            }
        }

        return (name.StartsWith("user."u8) || name.StartsWith("trusted."u8)
            || name.StartsWith("system.posix_acl_"u8) || name.SequenceEqual("security.capability"u8)) && IsSelected(name);
    }

    /// <summary>
    /// Records an attribute that could not be set; one that only root may set is no failure for anybody else. A full disk
    /// is not concluded from this: file systems say "no space" of an attribute that is too long for the inode.
    /// </summary>
    internal static void Judge(LinuxException e, ReadOnlySpan<byte> name, string path, RestoreReport report)
    {
        bool refused = e.Error is Errno.NotPermitted or Errno.AccessDenied or Errno.NotSupported;
        if (Machine.IsRoot || !refused || name.StartsWith("user."u8))
        {
            report.FailPartly(path, e.Message);
        }
    }
}
