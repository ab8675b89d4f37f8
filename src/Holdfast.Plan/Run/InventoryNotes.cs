using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Plan;

/// <summary>
/// The notes on plans in a repository: one file for each plan of a host. A file that cannot be read counts as none, so what
/// is missing is missed until somebody says it once more.
/// </summary>
public sealed class InventoryNotes(OpenRepository repository)
{
    /// <summary>All notes, by host and plan.</summary>
    public async Task<IReadOnlyList<InventoryNote>> ListAsync(CancellationToken cancellation) =>
        [.. (await LoadAsync(cancellation).ConfigureAwait(false)).Select(f => f.Note).GroupBy(n => (n.Host, n.Plan))
            .Select(g => g.MaxBy(n => n.Time)!).OrderBy(n => n.Host, StringComparer.Ordinal).ThenBy(n => n.Plan, StringComparer.Ordinal)];

    /// <summary>The note on a plan; an empty one where there is none.</summary>
    public async Task<InventoryNote> FindAsync(string host, string plan, CancellationToken cancellation) =>
        (await ListAsync(cancellation).ConfigureAwait(false)).FirstOrDefault(n => n.Host == host && n.Plan == plan)
        ?? new() { Host = host, Plan = plan, Time = repository.Options.Time.GetUtcNow() };

    /// <summary>Stores a note; those in whose place it comes go when it is durable (D35). An empty one is none at all.</summary>
    public async Task SaveAsync(InventoryNote note, CancellationToken cancellation)
    {
        List<(BackendFile File, InventoryNote Note)> old = [.. (await LoadAsync(cancellation).ConfigureAwait(false)).Where(f => f.Note.Host == note.Host && f.Note.Plan == note.Plan)];
        BackendFile? stored = null;
        if (note.Gone.Count + note.Acknowledged.Count + note.Paused.Count + note.Mirrored.Count > 0)
        {
            byte[] json = InventoryJson.Write(note with { Time = repository.Options.Time.GetUtcNow() });
            stored = new(FileType.Inventory, (await repository.SaveUnpackedAsync(FileType.Inventory, json, cancellation).ConfigureAwait(false)).ToString());
        }

        foreach ((BackendFile file, _) in old.Where(f => f.File != stored))
        {
            await repository.Backend.RemoveAsync(file, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<List<(BackendFile File, InventoryNote Note)>> LoadAsync(CancellationToken cancellation)
    {
        var notes = new List<(BackendFile, InventoryNote)>();
        await foreach (BackendEntry entry in repository.Backend.ListAsync(FileType.Inventory, cancellation).ConfigureAwait(false))
        {
            try
            {
                ReadOnlyMemory<byte> plain = await repository.LoadUnpackedAsync(entry.File, cancellation).ConfigureAwait(false);
                notes.Add((entry.File, InventoryJson.Read(plain.Span, entry.File.ToString())));
            }
            catch (BackupException e) when (e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.Unsupported or BackupErrorKind.NotFound)
            {
                repository.Options.Warn($"what was acknowledged is not known: {e.Message}");
            }
        }

        return notes;
    }
}
