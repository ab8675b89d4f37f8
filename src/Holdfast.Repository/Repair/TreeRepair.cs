using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// Makes trees without what is lost: files keep the parts that are left, folders whose tree is lost become empty. Trees
/// that are whole stay as they are, each walked once. The stack is explicit: trees may nest deeper than calls can.
/// </summary>
/// <param name="writer">Stores new trees; null to find out only what would become of them.</param>
/// <param name="tell">Told, in a sentence, what is changed.</param>
internal sealed class TreeRepair(IndexedRepository repository, BlobWriter? writer, Action<string> tell)
{
    private readonly Dictionary<TreeId, TreeId> _repaired = [];
    private readonly EntryBits _whole = new(repository.Index.Count);
    private readonly byte[] _empty = new TreeWriter(TimeZoneInfo.Utc).Encode([]).ToArray();

    /// <summary>The repaired tree, the same where nothing is lost of it; null where the tree itself is lost.</summary>
    /// <exception cref="BackupException"/>
    internal async Task<TreeId?> RunAsync(TreeId root, CancellationToken cancellation)
    {
        if (FindKnown(root) is { } known)
        {
            return known;
        }

        if (await TryOpenAsync(root, string.Empty, cancellation).ConfigureAwait(false) is not { } first)
        {
            return null;
        }

        var open = new Stack<OpenTree>([first]);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            OpenTree at = open.Peek();
            if (at.Next is { } node)
            {
                await StepAsync(at, node, open, cancellation).ConfigureAwait(false);
                continue;
            }

            TreeId id = await CloseAsync(at, cancellation).ConfigureAwait(false);
            open.Pop();
            if (open.Count == 0)
            {
                return id;
            }

            open.Peek().Take(id);
        }
    }

    private async Task StepAsync(OpenTree at, Node node, Stack<OpenTree> open, CancellationToken cancellation)
    {
        string path = $"{at.Path}/{node.NameText}";
        if (node.Type == NodeType.File)
        {
            RepairFile(at, node, path);
        }
        else if (node.Type != NodeType.Dir)
        {
            at.Keep();
        }
        else if (node.Subtree is { } subtree && FindKnown(subtree) is { } known)
        {
            at.Take(known);
        }
        else if (node.Subtree is { } unknown && await TryOpenAsync(unknown, path, cancellation).ConfigureAwait(false) is { } child)
        {
            open.Push(child);
        }
        else
        {
            tell($"{PathText.Printable(path)}: what was in this folder is lost; it is empty now");
            at.Take(await StoreAsync(_empty, cancellation).ConfigureAwait(false));
        }
    }

    private void RepairFile(OpenTree at, Node node, string path)
    {
        BlobId[] left = [.. (node.Content ?? []).Where(id => repository.Index.Contains(id))];
        ulong size = 0;
        foreach (BlobId id in left)
        {
            repository.Index.TryFind(id, out BlobLocation place);
            size += place.PlainLength;
        }

        if (left.Length < (node.Content?.Length ?? 0))
        {
            tell($"{PathText.Printable(path)}: {node.Content!.Length - left.Length} of its {node.Content.Length} parts are lost; {size} of {node.Size} bytes are left");
        }
        else if (size != node.Size)
        {
            tell($"{PathText.Printable(path)}: its size was wrong: {node.Size}, and it has {size} bytes");
        }
        else if (node.Content is not null)
        {
            at.Keep();
            return;
        }

        at.Change(new(Content: left, Size: size == node.Size ? null : size));
    }

    private TreeId? FindKnown(TreeId id) =>
        _repaired.TryGetValue(id, out TreeId repaired) ? repaired
        : repository.Index.TryFindNumber(id, out int number) && number < _whole.Count && _whole[number] ? id
        : null;

    private async Task<OpenTree?> TryOpenAsync(TreeId id, string path, CancellationToken cancellation)
    {
        try
        {
            byte[] encoded = await repository.LoadBlobAsync(id, cancellation).ConfigureAwait(false);
            await RescueAsync(id, encoded, cancellation).ConfigureAwait(false);
            return new(id, path, encoded, TreeReader.Decode(encoded, id));
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Corrupt)
        {
            repository.Index.Distrust(id); // a repaired folder may come out as this very tree, and must be stored then
            return null;
        }
    }

    /// <summary>Stores a tree again that the cache has, and the repository itself does not give back.</summary>
    private async Task RescueAsync(TreeId id, byte[] encoded, CancellationToken cancellation)
    {
        if (repository.Repository.Backend is not CacheBackend)
        {
            return;
        }

        foreach (BlobLocation place in repository.Index.FindAll(id))
        {
            try
            {
                if (await repository.ProveAsync(new(id, place), cancellation).ConfigureAwait(false))
                {
                    return;
                }
            }
            catch (BackupException e) when (e.Kind == BackupErrorKind.Unreachable)
            {
                // A bad sector is no better than damage.
            }
        }

        tell($"tree {id} is damaged, and only the cache of this machine has it whole: {(writer is null ? "it would be" : "it is")} stored again");
        repository.Index.Distrust(id);
        await TreeStorage.SaveAsync(repository, writer, encoded, cancellation).ConfigureAwait(false);
    }

    private async Task<TreeId> CloseAsync(OpenTree tree, CancellationToken cancellation)
    {
        if (tree.Encode() is { } encoded)
        {
            return _repaired[tree.Id] = await StoreAsync(encoded, cancellation).ConfigureAwait(false);
        }

        if (repository.Index.TryFindNumber(tree.Id, out int number) && number < _whole.Count)
        {
            _whole.TrySet(number);
        }

        return tree.Id;
    }

    private Task<TreeId> StoreAsync(byte[] encoded, CancellationToken cancellation) =>
        TreeStorage.SaveAsync(repository, writer, encoded, cancellation);
}
