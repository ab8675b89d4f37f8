using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Crash.Tests;

/// <summary>What a repository must give back after an operation went wrong: the snapshots, and every blob that could be read before.</summary>
internal sealed class Promises
{
    private readonly Operation _operation;
    private readonly List<(DateTimeOffset Time, TreeId? Tree)> _snapshots;
    private readonly HashSet<BlobHandle> _readable;

    private Promises(Operation operation, List<(DateTimeOffset Time, TreeId? Tree)> snapshots, HashSet<BlobHandle> readable)
    {
        _operation = operation;
        _snapshots = snapshots;
        _readable = readable;
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal static async Task<Promises> OfAsync(Operation operation, RepositoryImage image)
    {
        IndexedRepository indexed = await LoadAsync(image, mayBeDamaged: true);
        List<StoredSnapshot> promised = [.. operation.Promise(await indexed.Repository.ListSnapshotsAsync(null, Cancellation))];
        promised.ShouldNotBeEmpty();
        return new(operation, [.. promised.Select(s => (s.Snapshot.Time, s.Snapshot.Tree))], await ReadableAsync(indexed, promised));
    }

    /// <param name="hasSucceeded">Whether the operation said so.</param>
    internal async Task ShouldHoldAsync(RepositoryImage image, bool hasSucceeded, string when)
    {
        bool mayBeDamaged = _operation.StartsDamaged && !hasSucceeded;
        IndexedRepository indexed = await LoadAsync(image, mayBeDamaged);
        List<StoredSnapshot> there = await indexed.Repository.ListSnapshotsAsync(null, Cancellation);
        foreach ((DateTimeOffset time, TreeId? tree) in _snapshots)
        {
            there.ShouldContain(s => s.Snapshot.Time == time && (_operation.ChangesTrees || s.Snapshot.Tree == tree), when);
        }

        if (!mayBeDamaged)
        {
            var damages = new List<string>();
            await new Checker(indexed, new(PackSubset.All), new() { OnNote = damages.Add }).RunAsync(Cancellation);
            damages.ShouldBeEmpty(when);
        }

        if (hasSucceeded)
        {
            _operation.IsDone(there).ShouldBeTrue(when);
            _operation.Leaves(image).ShouldBeTrue(when);
        }

        if (_operation.StartsDamaged && !_operation.ChangesTrees)
        {
            _readable.Except(await ReadableAsync(indexed, there)).ShouldBeEmpty(when);
        }
    }

    private static async Task<IndexedRepository> LoadAsync(RepositoryImage image, bool mayBeDamaged) =>
        await World.Open(await image.InMemoryAsync()).LoadIndexAsync(mayBeDamaged ? _ => { } : null, Cancellation);

    private static async Task<HashSet<BlobHandle>> ReadableAsync(IndexedRepository indexed, IEnumerable<StoredSnapshot> snapshots)
    {
        var readable = new HashSet<BlobHandle>();
        var open = new Stack<TreeId>(snapshots.Where(s => s.Snapshot.Tree is not null).Select(s => s.Snapshot.Tree!.Value));
        while (open.TryPop(out TreeId tree))
        {
            if (!readable.Contains(tree) && await TryAsync(async () => await indexed.LoadTreeAsync(tree, Cancellation)) is { } nodes)
            {
                readable.Add(tree);
                foreach (BlobId id in nodes.SelectMany(n => n.Content ?? []))
                {
                    if (await TryAsync(async () => await indexed.LoadBlobAsync(id, Cancellation)) is not null)
                    {
                        readable.Add(id);
                    }
                }

                nodes.ForEach(n => { if (n.Subtree is { } subtree) { open.Push(subtree); } });
            }
        }

        return readable;
    }

    private static async Task<T?> TryAsync<T>(Func<Task<T>> load)
        where T : class
    {
        try
        {
            return await load();
        }
        catch (BackupException e) when (e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.NotFound)
        {
            return null;
        }
    }
}
