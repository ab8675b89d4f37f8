using Holdfast.Repository;

namespace Holdfast.Plan;

/// <summary>What may be acknowledged of a plan: what its last snapshot has, and what its last run missed. Anything else is a slip of the pen.</summary>
public sealed class KnownItems
{
    private const int MostNamed = 5;

    private readonly InventoryNote _note;
    private readonly List<GoneItem> _items;
    private readonly bool _hasSnapshot;

    private KnownItems(InventoryNote note, PlanSnapshot? last)
    {
        _note = note;
        _hasSnapshot = last is not null;
        _items = [.. note.Gone, .. last?.Manifest.Sources.SelectMany(s =>
            s.Items.Where(i => i.Missing != true).Select(i => new GoneItem(i.Kind, i.Name, s.Name, null)).Prepend(new("source", s.Root, s.Name, null))) ?? []];
    }

    public static async Task<KnownItems> FindAsync(IndexedRepository repository, InventoryNote note, CancellationToken cancellation)
    {
        OpenRepository open = repository.Repository;
        List<StoredSnapshot> all = await open.ListSnapshotsAsync(e => open.Options.Warn(e.Message), cancellation).ConfigureAwait(false);
        return new(note, await PlanSnapshot.FindAsync(repository, note.Plan, note.Host, open.Options.Time.GetUtcNow(), all, cancellation).ConfigureAwait(false));
    }

    /// <summary>Why nothing of this name can be missed by the next run; null where something can, or was acknowledged already.</summary>
    public string? FindTrouble(string name)
    {
        if (_note.Acknowledged.Contains(name) || _items.Exists(i => PlanRun.IsAcknowledged(i, [name])))
        {
            return null;
        }

        string where = $"of plan {_note.Plan} on {_note.Host}";
        return !_hasSnapshot && _items.Count == 0
            ? $"there is no snapshot {where}, so no run can miss {name}"
            : $"the last snapshot {where} has nothing called {name}; {Suggest(name)}";
    }

    private string Suggest(string name)
    {
        List<string> names = [.. _items.Select(i => i.Name).Distinct()];
        List<string> near = names.FindAll(n => n.Contains(name, StringComparison.OrdinalIgnoreCase));
        if (near.Count == 0 && NearestWord.Find(name, names) is { } word)
        {
            near = [word];
        }

        return near.Count > 0 ? $"did you mean {Some(near, "or")}?" : $"it has {Some(names, "and")}";
    }

    private static string Some(List<string> names, string last) =>
        names.Count > MostNamed ? $"{string.Join(", ", names[..MostNamed])} and {names.Count - MostNamed} more"
        : names.Count > 1 ? $"{string.Join(", ", names[..^1])} {last} {names[^1]}"
        : names[0];
}
