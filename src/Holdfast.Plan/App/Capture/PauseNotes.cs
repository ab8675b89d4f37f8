namespace Holdfast.Plan;

/// <summary>Which applications a plan's runs paused: noted in the repository before, so that a run after a kill knows that it may resume them (D70).</summary>
internal sealed class PauseNotes(InventoryNotes notes, string host, string plan)
{
    internal async Task<bool> HasAsync(string application, CancellationToken cancellation) =>
        (await notes.FindAsync(host, plan, cancellation).ConfigureAwait(false)).Paused.Contains(application);

    internal Task AddAsync(string application, CancellationToken cancellation) => ChangeAsync(p => [.. p.Append(application).Distinct()], cancellation);

    internal Task RemoveAsync(IReadOnlyCollection<string> applications, CancellationToken cancellation) =>
        applications.Count == 0 ? Task.CompletedTask : ChangeAsync(p => [.. p.Except(applications)], cancellation);

    private Task ChangeAsync(Func<IReadOnlyList<string>, IReadOnlyList<string>> change, CancellationToken cancellation) =>
        notes.ChangeAsync(host, plan, note => note with { Paused = change(note.Paused) }, cancellation);
}
