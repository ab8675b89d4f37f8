using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Forget;

/// <summary>Says what a plan keeps and why, what goes, and what became of it.</summary>
internal sealed class ForgetReport(Output output, ForgetPlan plan, bool compact)
{
    /// <summary>The plan, before it is acted on.</summary>
    internal void Plan(bool changes)
    {
        if (output.IsJson || output.IsQuiet)
        {
            return;
        }

        foreach (ForgetGroup group in plan.Groups)
        {
            output.Line();
            output.Line(PathText.Printable(SnapshotGrouping.Describe(group.Key)));
            Table($"keep {Format.Count(group.Keep.Count, "snapshot")}:", [.. group.Keep.Select(k => k.Stored)], Reasons(group));
            Table($"{(changes ? "forget" : "would forget")} {Format.Count(group.Remove.Count, "snapshot")}:", group.Remove);
            Table($"{(changes ? "remove" : "would remove")} {Format.Count(group.Expired.Count, "snapshot")} from the trash for good:", group.Expired);
        }
    }

    /// <summary>What was done; with --json, all of it.</summary>
    internal void End(ForgetRun run, bool changed)
    {
        if (output.IsJson)
        {
            Dictionary<SnapshotId, ChangedSnapshot> trashed = run.Trashed.ToDictionary(t => t.Old.Id, t => new ChangedSnapshot(t.Old.Id.ToString(), t.New.Id.ToString(), null));
            output.Json([.. plan.Groups.Select(g => Listing(g, trashed))], RetentionJson.Default.ListForgottenGroup);
            return;
        }

        foreach ((StoredSnapshot old, StoredSnapshot stored) in run.Trashed)
        {
            output.Say($"{old.Id.Hash.ToShortString()} is in the trash as {stored.Id.Hash.ToShortString()}");
        }

        foreach ((StoredSnapshot old, StoredSnapshot stored) in run.Numbered)
        {
            output.Say($"{old.Id.Hash.ToShortString()} has the number of its run, and is now {stored.Id.Hash.ToShortString()}");
        }

        int removed = plan.Groups.Sum(g => g.Expired.Count + (plan.Trash is null ? g.Remove.Count : 0));
        int marked = plan.Trash is null ? 0 : plan.Groups.Sum(g => g.Remove.Count);
        string until = plan.Trash?.End(null) is { } end ? $"until {end.ToLocalTime():yyyy-MM-dd HH:mm}" : string.Empty;
        output.Say((removed, marked) switch
        {
            (0, 0) => changed ? "nothing was forgotten" : "nothing would be forgotten",
            (0, _) => $"{Did("put", changed)} {Format.Count(marked, "snapshot")} into the trash {until}: `holdfast undelete` brings them back",
            (_, 0) => $"{Did("removed", changed)} {Format.Count(removed, "snapshot")} for good",
            _ => $"{Did("put", changed)} {Format.Count(marked, "snapshot")} into the trash {until}, {Did("removed", changed)} {Format.Count(removed, "snapshot")} for good",
        });
    }

    private static string Did(string verb, bool changed) => changed ? verb : verb == "put" ? "would put" : "would remove";

    private static Func<StoredSnapshot, string> Reasons(ForgetGroup group)
    {
        Dictionary<SnapshotId, string> reasons = group.Keep.ToDictionary(k => k.Stored.Id, k => string.Join('\n', k.Reasons));
        return stored => reasons[stored.Id];
    }

    private void Table(string head, IReadOnlyList<StoredSnapshot> snapshots, Func<StoredSnapshot, string>? reasons = null)
    {
        if (snapshots.Count > 0)
        {
            output.Line(head);
            new SnapshotTable(output, compact) { Extra = reasons is null ? null : ("Reasons", reasons) }.Print(snapshots);
        }
    }

    private ForgottenGroup Listing(ForgetGroup group, Dictionary<SnapshotId, ChangedSnapshot> trashed) => new(
        group.Key.Tags,
        group.Key.Hostname,
        group.Key.Paths,
        Listings(group.Keep.Select(k => k.Stored)),
        Listings(group.Remove),
        group.Keep.Count == 0 ? null : [.. group.Keep.Select(k => new KeepReason(SnapshotListing.Of(k.Stored), k.Reasons))],
        trashed.Count == 0 ? null : [.. group.Undated.Concat(group.Remove).Where(s => trashed.ContainsKey(s.Id)).Select(s => trashed[s.Id])],
        plan.Trash is not null && group.Expired.Count == 0 ? null : [.. (plan.Trash is null ? group.Remove : []).Concat(group.Expired).Select(s => s.Id.ToString())]);

    /// <summary>Null for none, as restic has it.</summary>
    private static List<SnapshotListing>? Listings(IEnumerable<StoredSnapshot> snapshots) =>
        snapshots.Select(SnapshotListing.Of).ToList() is { Count: > 0 } listings ? listings : null;
}
