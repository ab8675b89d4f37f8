using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// Restores a tree of a snapshot into a folder. Files appear under their names whole or not at all; nothing is written
/// through a link that leads out of the folder; what cannot be restored is named in the summary and stops nothing else.
/// </summary>
public sealed class Restorer(IndexedRepository repository, RestoreOptions options, RestoreProgress progress)
{
    /// <summary>Restores everything that is selected. Ends early, with nothing half written left, when cancelled or out of room.</summary>
    /// <param name="tree">The tree of the snapshot or of a directory in it.</param>
    /// <param name="snapshotPathPrefix">Where in the snapshot the tree is: <c>/</c>, or such as <c>/etc</c>. Selection and reports use paths that begin with it.</param>
    /// <param name="target">The folder, in the encoding of <see cref="PathText"/>; made with its parents where it is not there, and followed where it is a link.</param>
    /// <exception cref="BackupException">Kind NoSpace: the disk is full. Unreachable: the target cannot be opened or made.</exception>
    /// <exception cref="OperationCanceledException"/>
    public async Task<RestoreSummary> RestoreAsync(
        TreeId tree, string snapshotPathPrefix, string target, CancellationToken cancellation)
    {
        string prefix = "/" + snapshotPathPrefix.Trim('/');
        var report = new RestoreReport(progress, options.Verify);
        try
        {
            using var run = new RestoreRun(repository, options, report);
            DirectoryHandle? folder = options.DryRun ? TargetFolder.TryOpen(target) : TargetFolder.Open(target);
            await run.RestoreAsync(tree, new(prefix), folder, cancellation).ConfigureAwait(false);
            if (options.Verify && !options.DryRun)
            {
                await run.VerifyAsync(tree, prefix, folder!, cancellation).ConfigureAwait(false);
            }
        }
        catch (LinuxException e)
        {
            throw e.IsOutOfSpace
                ? new BackupException(BackupErrorKind.NoSpace, $"{e.Message}; make room where {PathText.Printable(target)} lies, then restore again: what is there already is kept", e)
                : new BackupException(BackupErrorKind.Unreachable, e.Message, e);
        }

        report.Enter(RestorePhase.Done);
        return report.Summarize();
    }
}
