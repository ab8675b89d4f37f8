using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Look;

/// <summary>Whether two nodes of the same name are the same, by the members that restic compares.</summary>
internal static class NodeEquality
{
    internal static bool SameContent(Node a, Node b) => (a.Content ?? []).AsSpan().SequenceEqual(b.Content ?? []);

    /// <summary>Everything but content; for a folder, its tree too.</summary>
    internal static bool SameMetadata(Node a, Node b) =>
        a.Type == b.Type && a.Mode == b.Mode
        && a.ModifyTime == b.ModifyTime && a.AccessTime == b.AccessTime && a.ChangeTime == b.ChangeTime
        && a.UserId == b.UserId && a.GroupId == b.GroupId && a.User == b.User && a.Group == b.Group
        && a.Inode == b.Inode && a.DeviceId == b.DeviceId && a.Size == b.Size && a.Links == b.Links && a.Device == b.Device
        && a.Subtree == b.Subtree && a.Error == b.Error
        && a.LinkTarget.AsSpan().SequenceEqual(b.LinkTarget)
        && a.GenericAttributes.AsSpan().SequenceEqual(b.GenericAttributes)
        && SameAttributes(a.ExtendedAttributes, b.ExtendedAttributes);

    private static bool SameAttributes(ExtendedAttribute[] a, ExtendedAttribute[] b) =>
        a.Length == b.Length && a.All(x => b.Any(y => x.Name.AsSpan().SequenceEqual(y.Name) && x.Value.AsSpan().SequenceEqual(y.Value)));
}
