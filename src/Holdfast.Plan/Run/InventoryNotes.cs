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
        [.. (await LoadAsync(cancellation).ConfigureAwait(false)).GroupBy(f => (f.Note.Host, f.Note.Plan)).Select(g => Together([.. g]))
            .OrderBy(n => n.Host, StringComparer.Ordinal).ThenBy(n => n.Plan, StringComparer.Ordinal)];

    /// <summary>The note on a plan; an empty one where there is none.</summary>
    public async Task<InventoryNote> FindAsync(string host, string plan, CancellationToken cancellation) =>
        (await ListAsync(cancellation).ConfigureAwait(false)).FirstOrDefault(n => n.Host == host && n.Plan == plan) ?? Empty(host, plan);

    /// <summary>
    /// Changes the note on a plan. The files that it was read from go when the new one is durable (D35); what somebody else stores meanwhile
    /// stays, and both count. An empty note is none at all.
    /// </summary>
    /// <param name="change">Given the note as it is; what it returns is stored, unless it is the very same.</param>
    /// <returns>The note as it is then.</returns>
    public async Task<InventoryNote> ChangeAsync(string host, string plan, Func<InventoryNote, InventoryNote> change, CancellationToken cancellation)
    {
        List<(BackendFile File, InventoryNote Note)> old = [.. (await LoadAsync(cancellation).ConfigureAwait(false)).Where(f => f.Note.Host == host && f.Note.Plan == plan)];
        InventoryNote before = old.Count == 0 ? Empty(host, plan) : Together(old);
        InventoryNote after = change(before);
        if (ReferenceEquals(after, before))
        {
            return before;
        }

        if (after.Gone.Count + after.Acknowledged.Count + after.Paused.Count + after.Mirrored.Count > 0)
        {
            byte[] json = InventoryJson.Write(after with { Time = repository.Options.Time.GetUtcNow(), Replaces = [.. old.Select(f => f.File.Name)] });
            await repository.SaveUnpackedAsync(FileType.Inventory, json, cancellation).ConfigureAwait(false);
        }

        foreach ((BackendFile file, _) in old)
        {
            await repository.Backend.RemoveAsync(file, cancellation).ConfigureAwait(false);
        }

        return after;
    }

    private InventoryNote Empty(string host, string plan) => new() { Host = host, Plan = plan, Time = repository.Options.Time.GetUtcNow() };

    /// <summary>
    /// What several files on one plan say. One in whose place another came was left by a crash, and says nothing any more; others were written
    /// at the same time, and each of them counts.
    /// </summary>
    private static InventoryNote Together(List<(BackendFile File, InventoryNote Note)> files)
    {
        HashSet<string> replaced = [.. files.SelectMany(f => f.Note.Replaces)];
        List<InventoryNote> notes = [.. files.Where(f => !replaced.Contains(f.File.Name)).Select(f => f.Note)];
        List<string> acknowledged = [.. notes.SelectMany(n => n.Acknowledged).Distinct()];
        return notes.MaxBy(n => n.Time)! with
        {
            Gone = [.. notes.SelectMany(n => n.Gone).Distinct().Where(g => !PlanRun.IsAcknowledged(g, acknowledged))],
            Acknowledged = acknowledged,
            Paused = [.. notes.SelectMany(n => n.Paused).Distinct()],
            Mirrored = [.. notes.SelectMany(n => n.Mirrored).Distinct()],
        };
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
