using Holdfast.Linux;
using Holdfast.Repository;
using FileMode = Holdfast.Repository.FileMode;

namespace Holdfast.Archiver;

/// <summary>
/// Sets the metadata of whatever is not a regular file. The order is the kernel's: a change of owner clears setuid and
/// capabilities, so it comes first; permissions come last, because they may forbid the rest. Each step that fails is
/// recorded, and the others are still taken.
/// </summary>
internal sealed class EntryMetadata(AttributePolicy attributes, RestoreReport report)
{
    private static readonly byte[] Self = "."u8.ToArray();

    /// <summary>Sets a directory's metadata through the directory itself.</summary>
    internal void ApplyToDirectory(DirectoryHandle directory, Node node, string path)
    {
        SetOwner(directory, Self, node, path);
        SetAttributes(directory, Self, node, path);
        Step(directory, Self, node, path, static (d, n, node) => d.SetTimes(n, node.AccessTime, node.ModifyTime));
        Step(directory, Self, node, path, static (d, n, node) => d.ChangePermissions(n, FileMode.ToKernelPermissions(node.Mode)));
    }

    /// <summary>Sets a link's, FIFO's or device's metadata, links not followed.</summary>
    internal void ApplyToEntry(DirectoryHandle directory, byte[] name, Node node, string path)
    {
        SetOwner(directory, name, node, path);
        SetAttributes(directory, name, node, path);
        Step(directory, name, node, path, static (d, n, node) => d.SetTimes(n, node.AccessTime, node.ModifyTime));
        if (node.Type != NodeType.Symlink)
        {
            Step(directory, name, node, path, static (d, n, node) =>
                d.ChangePermissionsOfSpecial(n, FileMode.ToKernelPermissions(node.Mode)));
        }
    }

    /// <summary>Whether new files in a directory get an ACL from it.</summary>
    /// <exception cref="LinuxException"/>
    internal static bool HasDefaultAcl(DirectoryHandle directory) =>
        Array.Exists(directory.ReadAttributes(Self), a => AttributePolicy.IsDefaultAcl(a.Name));

    private void SetOwner(DirectoryHandle directory, byte[] name, Node node, string path) =>
        Step(directory, name, node, path, static (d, n, node) =>
            OwnerPolicy.Set(node.UserId, node.GroupId, (user, group) => d.ChangeOwner(n, user, group)));

    private void SetAttributes(DirectoryHandle directory, byte[] name, Node node, string path)
    {
        foreach (ExtendedAttribute attribute in node.ExtendedAttributes)
        {
            if (!attributes.IsSelected(attribute.Name))
            {
                continue;
            }

            try
            {
                directory.SetAttribute(name, attribute);
            }
            catch (LinuxException e)
            {
                AttributePolicy.Judge(e, attribute.Name, path, report);
            }
        }

        if (node.Type == NodeType.Symlink)
        {
            return; // a new link has none: it inherits no ACL
        }

        Step(directory, name, node, path, (d, n, node) =>
        {
            foreach (ExtendedAttribute present in d.ReadAttributes(n))
            {
                if (attributes.IsToRemove(present.Name, node))
                {
                    d.RemoveAttribute(n, present.Name);
                }
            }
        });
    }

    private void Step(DirectoryHandle directory, byte[] name, Node node, string path, Action<DirectoryHandle, byte[], Node> step)
    {
        try
        {
            step(directory, name, node);
        }
        catch (LinuxException e) when (!e.IsOutOfSpace)
        {
            report.FailPartly(path, e.Message);
        }
    }
}
