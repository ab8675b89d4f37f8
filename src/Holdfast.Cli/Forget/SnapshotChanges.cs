using Holdfast.Cli.Access;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Forget;

/// <summary>Changes snapshots one after another, telling of each its old and its new id.</summary>
/// <param name="verb">What was done to it, such as <c>pinned</c>.</param>
internal sealed class SnapshotChanges(HeldRepository held, Output output, string verb)
{
    private int _count;

    internal async Task ReplaceAsync(StoredSnapshot old, Snapshot changed)
    {
        StoredSnapshot stored = await held.Repository.ReplaceSnapshotAsync(old, changed, held.Cancellation);
        _count++;
        if (output.IsJson)
        {
            output.Json(new(old.Id.ToString(), stored.Id.ToString()), RetentionJson.Default.ChangedSnapshot);
        }

        output.Say($"{verb} {old.Id.Hash.ToShortString()}, which is now {stored.Id.Hash.ToShortString()}");
    }

    /// <summary>The last line.</summary>
    internal void End()
    {
        if (output.IsJson)
        {
            output.Json(new(_count), RetentionJson.Default.ChangeSummary);
        }
        else if (_count != 1)
        {
            output.Say(_count == 0 ? "no snapshot was changed" : $"{verb} {_count} snapshots");
        }
    }
}
