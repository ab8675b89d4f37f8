using System.Collections.Concurrent;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// Finds for an entry the numbers that its owner's and its group's names have on this machine. A name that is not known here leaves the
/// number of the snapshot, as tar and rsync have it, and is told of once. Thread-safe.
/// </summary>
internal sealed class OwnersByName(Action<string> note)
{
    private readonly Accounts _accounts = new();
    private readonly ConcurrentDictionary<string, bool> _noted = new();

    internal Node Here(Node node)
    {
        uint user = Number(node.User, node.UserId, "user", _accounts.UserId, _accounts.UserName);
        uint group = Number(node.Group, node.GroupId, "group", _accounts.GroupId, _accounts.GroupName);
        return user == node.UserId && group == node.GroupId ? node : node with { UserId = user, GroupId = group };
    }

    private uint Number(string name, uint number, string kind, Func<string, uint?> find, Func<uint, string> nameOf)
    {
        if (name.Length == 0)
        {
            return number; // it had none where it was backed up, either
        }

        if (find(name) is { } here)
        {
            return here;
        }

        if (_noted.TryAdd(kind + name, true))
        {
            string whose = nameOf(number) is { Length: > 0 } other ? $", which is {other} here" : string.Empty;
            note($"this machine has no {kind} {PathText.Printable(name)}: what belonged to it gets its number, {number}{whose}");
        }

        return number;
    }
}
