using Holdfast.Cli.Access;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Forget;

/// <summary>Changes snapshots one after another, telling of each its old and its new id; a dry run only tells which it would change.</summary>
/// <param name="done">What was done to it, such as <c>pinned</c>.</param>
/// <param name="wouldDo">The same of a dry run, such as <c>would pin</c>.</param>
internal sealed class SnapshotChanges(HeldRepository held, Output output, bool isDryRun, string done, string wouldDo)
{
    private readonly string _did = isDryRun ? wouldDo : done;
    private int _count;

    internal async Task ReplaceAsync(StoredSnapshot old, Snapshot changed)
    {
        StoredSnapshot? stored = isDryRun ? null : await held.Repository.ReplaceSnapshotAsync(old, changed, held.Cancellation);
        _count++;
        if (output.IsJson)
        {
            output.Json(new(old.Id.ToString(), stored?.Id.ToString()), RetentionJson.Default.ChangedSnapshot);
        }

        output.Say($"{_did} {old.Id.Hash.ToShortString()}{(stored is null ? string.Empty : $", which is now {stored.Id.Hash.ToShortString()}")}");
    }

    /// <summary>The last line.</summary>
    internal void End()
    {
        if (output.IsJson)
        {
            output.Json(new(_count, isDryRun ? true : null), RetentionJson.Default.ChangeSummary);
        }
        else if (_count != 1)
        {
            output.Say(_count == 0 ? $"no snapshot {(isDryRun ? "would be" : "was")} changed" : $"{_did} {Format.Count(_count, "snapshot")}");
        }
    }
}
