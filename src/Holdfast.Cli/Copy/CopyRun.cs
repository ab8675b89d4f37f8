using Holdfast.Backend;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Copy;

/// <summary>Plans a copy, carries it out, reads it back where asked for, and tells of each.</summary>
internal sealed class CopyRun(IndexedRepository source, IndexedRepository destination, Output output)
{
    private readonly StageProgress _progress = new() { OnNote = output.Warn };

    /// <returns>Whether all that was chosen is there, and sound as far as it was read back.</returns>
    internal async Task<bool> RunAsync(IReadOnlyList<StoredSnapshot> chosen, bool dryRun, bool verify, bool verifyAll, CancellationToken cancellation)
    {
        await using var line = new ProgressLine(output, elapsed => StageText.Describe(_progress, elapsed));
        CopyPlan plan = await new CopyPlanner(source, destination, _progress).PlanAsync(chosen, cancellation);
        foreach (CopiedSnapshot there in plan.There)
        {
            Tell("skipped", there, output.Verbosity > 0 ? $"snapshot {Short(there.Source.Id)} is there already, as {Short(there.Copy)}" : null);
        }

        plan.Damaged.ToList().ForEach(Tell);
        if (plan.Snapshots.Count > 0)
        {
            output.Say($"{(dryRun ? "would copy" : "copying")} {Format.Count(plan.Snapshots.Count, "snapshot")}: {Format.Count(plan.Blobs, "blob")} / {Format.Bytes(plan.Bytes)} of {Format.Count(plan.Packs, "pack")}");
        }

        if (dryRun)
        {
            plan.Snapshots.ToList().ForEach(s => output.Say($"would copy snapshot {Short(s.Id)} of {s.Snapshot.Time.ToLocalTime():yyyy-MM-dd HH:mm:ss}"));
            End(plan, null, null, []);
            return plan.Damaged.Count == 0;
        }

        CopyOutcome outcome = await plan.ExecuteAsync(cancellation);
        outcome.Damaged.ToList().ForEach(Tell);
        outcome.Copied.ToList().ForEach(c => Tell("copied", c, $"snapshot {Short(c.Copy)} saved, copied from {Short(c.Source.Id)}"));
        IReadOnlyCollection<string> damages = verify ? await VerifyAsync(plan, outcome, verifyAll, cancellation) : [];
        damages.ToList().ForEach(output.Warn);
        End(plan, outcome, verify ? damages.Count : null, outcome.Packs);
        return plan.Damaged.Count + outcome.Damaged.Count + damages.Count == 0;
    }

    private async Task<IReadOnlyCollection<string>> VerifyAsync(CopyPlan plan, CopyOutcome outcome, bool all, CancellationToken cancellation)
    {
        // The index as it lies there now, not as this run knows it.
        IndexedRepository fresh = await destination.Repository.LoadIndexAsync(null, cancellation);
        IEnumerable<CopiedSnapshot> snapshots = all ? outcome.Copied.Concat(plan.There) : outcome.Copied;
        return await new CopyVerifier(fresh, _progress).RunAsync(all ? null : outcome.Packs, [.. snapshots.Select(s => s.Copy).Distinct()], cancellation);
    }

    private void Tell(string what, CopiedSnapshot copy, string? text)
    {
        if (output.IsJson)
        {
            output.Json(new(what, copy.Source.Id.ToString(), copy.Copy.ToString()), CopyJson.Default.CopiedLine);
        }
        else if (text is not null)
        {
            output.Say(text);
        }
    }

    private void Tell(DamagedSnapshot damaged)
    {
        if (output.IsJson)
        {
            output.Json(new("damaged", damaged.Stored.Id.ToString(), damaged.Path), CopyJson.Default.DamagedLine);
        }

        output.Report($"snapshot {Short(damaged.Stored.Id)} is not copied: {PathText.Printable(damaged.Path)} cannot be read; `holdfast check --read-data` of {source.Repository.Backend.Location} tells more");
    }

    private void End(CopyPlan plan, CopyOutcome? outcome, int? damages, IReadOnlyCollection<BackendEntry> packs)
    {
        int copied = outcome?.Copied.Count ?? plan.Snapshots.Count;
        int damaged = plan.Damaged.Count + (outcome?.Damaged.Count ?? 0);
        if (output.IsJson)
        {
            output.Json(
                new("summary", outcome is null, copied, plan.There.Count, damaged, plan.Blobs, plan.Bytes, packs.Count, packs.Sum(p => p.Size), damages),
                CopyJson.Default.CopySummary);
            return;
        }

        if (copied + damaged == 0)
        {
            output.Say($"nothing to copy: {(plan.There.Count > 0 ? Format.Count(plan.There.Count, "snapshot is there already", "snapshots are there already") : "no snapshot was chosen")}");
        }
        else if (outcome is not null)
        {
            output.Say($"copied {Format.Count(copied, "snapshot")}, {plan.There.Count} were there already{(damaged > 0 ? $", {damaged} are damaged" : string.Empty)}; wrote {Format.Count(packs.Count, "pack")} / {Format.Bytes(packs.Sum(p => p.Size))}");
        }

        if (damages is { } found)
        {
            output.Say(found == 0 ? "read back, and no damage found" : $"read back: {found} damages found");
        }
    }

    private static string Short(SnapshotId id) => id.Hash.ToShortString();
}
