using Holdfast.Backend;
using Holdfast.Protocol;
using Holdfast.Source;

namespace Holdfast.Plan;

/// <summary>
/// The note in the repository that a mirror made a database, or was told to replace it. A plan that captures all of a server leaves that
/// database out from the day on which the mirror was written down: what is there without the note may be in no snapshot (D44).
/// </summary>
internal sealed class MirrorMark(InventoryNotes notes, MirrorEntry mirror, string host, bool mayReplace)
{
    /// <exception cref="BackupException">Kind Refused: it would replace what was there before.</exception>
    internal async Task RequireAsync(IDatabaseRestorePlan plan, CancellationToken cancellation)
    {
        if (plan.Replaced.Count > 0 && !await MayReplaceAsync(cancellation).ConfigureAwait(false))
        {
            throw new BackupException(
                BackupErrorKind.Refused,
                $"database {string.Join(", ", plan.Replaced)} is there already, and no run of this mirror is noted in this repository: it would be replaced, and may be in no snapshot; if it is to go, say `holdfast mirror {mirror.Name} --replace` once");
        }
    }

    /// <summary>Whether the database may go, if it is there.</summary>
    internal async Task<bool> MayReplaceAsync(CancellationToken cancellation) => mayReplace || await IsSetAsync(notes, mirror, host, cancellation).ConfigureAwait(false);

    internal Task<bool> IsSetAsync(CancellationToken cancellation) => IsSetAsync(notes, mirror, host, cancellation);

    internal static async Task<bool> IsSetAsync(InventoryNotes notes, MirrorEntry mirror, string host, CancellationToken cancellation) =>
        (await notes.FindAsync(host, mirror.From, cancellation).ConfigureAwait(false)).Mirrored.Contains(MirrorTargets.KeyOf(mirror));

    /// <summary>Durable when it returns, so that after a kill the next run knows what is the mirror's.</summary>
    /// <returns>Whether it was not set before.</returns>
    internal async Task<bool> SetAsync(CancellationToken cancellation)
    {
        string key = MirrorTargets.KeyOf(mirror);
        bool isNew = false;
        await notes.ChangeAsync(
            host, mirror.From,
            note =>
            {
                isNew = !note.Mirrored.Contains(key);
                return isNew ? note with { Mirrored = [.. note.Mirrored, key] } : note;
            },
            cancellation).ConfigureAwait(false);
        return isNew;
    }

    /// <summary>Takes it back: nothing was made, and what somebody makes there later is not the mirror's.</summary>
    internal Task RemoveAsync(CancellationToken cancellation) => notes.ChangeAsync(
        host, mirror.From, note => note with { Mirrored = [.. note.Mirrored.Where(m => m != MirrorTargets.KeyOf(mirror))] }, cancellation);
}
