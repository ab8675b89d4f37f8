using Holdfast.Linux;
using Holdfast.Repository;
using FileMode = Holdfast.Repository.FileMode;

namespace Holdfast.Archiver;

/// <summary>
/// Sets the metadata of a regular file through its descriptor; the order is that of <see cref="EntryMetadata"/>. What is
/// known to be right already costs no system call: of a new file in a new directory often only the times are left.
/// </summary>
internal sealed class FileMetadata(AttributePolicy attributes, RestoreReport report)
{
    /// <summary>Sets everything on a file that this run made.</summary>
    internal void ApplyToNew(RestoreFile file, LinuxFile open)
    {
        Node node = file.Node;
        bool hasOwner = file.Directory.GivesOwnIds && node.UserId == Machine.UserId && node.GroupId == Machine.GroupId;
        if (!hasOwner)
        {
            Step(file, open, SetOwner);
        }

        // A new file has no attributes but those of a default ACL, so that one look at the directory saves one at each file.
        if (file.Directory.HasDefaultAcl)
        {
            Step(file, open, RemoveAttributes);
        }

        SetAttributes(file, open);
        Step(file, open, static (f, node) => f.SetTimes(node.AccessTime, node.ModifyTime));
        if (!file.HasFinalPermissions)
        {
            Step(file, open, SetPermissions);
        }
    }

    /// <summary>Brings a file whose content was right already to the metadata of the snapshot.</summary>
    internal void ApplyToExisting(RestoreFile file, LinuxFile open, FileStatus status)
    {
        Node node = file.Node;
        bool hasOwner = status.UserId == node.UserId && status.GroupId == node.GroupId;
        if (!hasOwner)
        {
            Step(file, open, SetOwner);
        }

        Step(file, open, RemoveAttributes);
        SetAttributes(file, open);
        Step(file, open, static (f, node) => f.SetTimes(node.AccessTime, node.ModifyTime));

        // Attributes may have been an ACL, and a new owner clears setuid: then the permissions are not what they were.
        if (!hasOwner || node.ExtendedAttributes.Length > 0 || status.Permissions != FileMode.ToKernelPermissions(node.Mode))
        {
            Step(file, open, SetPermissions);
        }
    }

    private static void SetOwner(LinuxFile file, Node node) => OwnerPolicy.Set(node.UserId, node.GroupId, file.ChangeOwner);

    private static void SetPermissions(LinuxFile file, Node node) => file.ChangePermissions(FileMode.ToKernelPermissions(node.Mode));

    private void RemoveAttributes(LinuxFile file, Node node)
    {
        foreach (ExtendedAttribute present in file.ReadAttributes())
        {
            if (attributes.IsToRemove(present.Name, node))
            {
                file.RemoveAttribute(present.Name);
            }
        }
    }

    private void SetAttributes(RestoreFile file, LinuxFile open)
    {
        foreach (ExtendedAttribute attribute in file.Node.ExtendedAttributes)
        {
            if (!attributes.IsSelected(attribute.Name))
            {
                continue;
            }

            try
            {
                open.SetAttribute(attribute);
            }
            catch (LinuxException e)
            {
                AttributePolicy.Judge(e, attribute.Name, file.Path, report);
            }
        }
    }

    private void Step(RestoreFile file, LinuxFile open, Action<LinuxFile, Node> step)
    {
        try
        {
            step(open, file.Node);
        }
        catch (LinuxException e) when (!e.IsOutOfSpace)
        {
            report.FailPartly(file.Path, e.Message);
        }
    }
}
