using Holdfast.Linux;
using Holdfast.Repository;
using FileMode = Holdfast.Repository.FileMode;

namespace Holdfast.Archiver;

/// <summary>
/// Writes files: aside, under a temporary name, until every blob is there; then metadata, then the final name (R22). A
/// file that cannot be had whole leaves nothing behind and what was there untouched. Thread-safe. At most 256 files that
/// wait for more stay open.
/// <para>
/// A small file in a new directory costs five system calls: open, write, times, close, rename. Owner and permissions are
/// set where the kernel would not give them to a new file anyway.
/// </para>
/// </summary>
internal sealed class FileWriter(
    DirectoryPool pool,
    RestoreOptions options,
    FileMetadata metadata,
    EntrySwap swap,
    RestoreLinks links,
    RestoreDirectories directories,
    RestoreReport report)
{
    private const uint PrivatePermissions = 0x180; // 0600
    private const uint PlainPermissions = 0x1FF;
    private const int MaxWaitingOpen = 256;

    /// <summary>
    /// From 256 KiB on, pieces go past the page cache: through it, they would cost a copy to pages that the kernel first has
    /// to find, and push out what the machine works with. The room is set aside before, so that the file is in one place
    /// all the same, and a full disk is known at once.
    /// </summary>
    internal const int LeastPastCache = 256 << 10;

    private readonly uint _mask = CreationMask.Read();
    private readonly bool _isRoot = Machine.IsRoot;
    private int _waitingOpen;

    /// <summary>Writes blobs that follow each other in a file; the last one completes it.</summary>
    /// <exception cref="LinuxException">The disk is full.</exception>
    internal void Write(RestoreFile file, long offset, ReadOnlySpan<byte> content, int blobs)
    {
        lock (file.Gate)
        {
            if (!file.IsSettled)
            {
                WriteUnsynchronized(file, offset, content);
            }

            FinishBlobsUnsynchronized(file, blobs);
        }
    }

    /// <summary>One blob of a file cannot be had: the file is lost.</summary>
    internal void Lose(RestoreFile file, string reason)
    {
        lock (file.Gate)
        {
            if (!file.IsSettled)
            {
                RemoveTemporaryUnsynchronized(file);
                report.Lose(file.Path, reason);
                SettleUnsynchronized(file, LinkOutcome.Lost);
            }

            file.Missing--;
        }
    }

    /// <summary>Puts a file without content in place.</summary>
    /// <exception cref="LinuxException">The disk is full.</exception>
    internal void WriteEmpty(RestoreFile file)
    {
        lock (file.Gate)
        {
            TryUnsynchronized(file, static (self, f) => self.CompleteUnsynchronized(f));
        }
    }

    /// <summary>The file needs no writing, or must not be written: it is counted, and nothing more is done to it.</summary>
    internal void LeaveAlone(RestoreFile file, RestoreAction action)
    {
        lock (file.Gate)
        {
            report.Done(action, file.Directory, file.Node.Name, file.Length);
            SettleUnsynchronized(file, LinkOutcome.There);
        }
    }

    /// <summary>The restore ends before the file is whole: removes what is there of it.</summary>
    internal void Abandon(RestoreFile file)
    {
        lock (file.Gate)
        {
            if (!file.IsSettled)
            {
                RemoveTemporaryUnsynchronized(file);
                file.IsSettled = true;
            }
        }
    }

    private void WriteUnsynchronized(RestoreFile file, long offset, ReadOnlySpan<byte> content)
    {
        try
        {
            LinuxFile open = OpenUnsynchronized(file);
            if (options.Sparse)
            {
                SparseWriting.Write(open, content, offset);
            }
            else if (file.IsReserved && content.Length >= LeastPastCache)
            {
                open.WriteAtPastCache(content, offset);
            }
            else
            {
                open.WriteAt(content, offset);
            }

            report.Wrote(content.Length);
        }
        catch (LinuxException e) when (!e.IsOutOfSpace)
        {
            GiveUpUnsynchronized(file, e);
        }
    }

    private void FinishBlobsUnsynchronized(RestoreFile file, int blobs)
    {
        file.Missing -= blobs;
        if (file.Missing == 0)
        {
            TryUnsynchronized(file, static (self, f) => self.CompleteUnsynchronized(f));
        }
        else if (file.Open is not null && Volatile.Read(ref _waitingOpen) > MaxWaitingOpen)
        {
            TryUnsynchronized(file, static (self, f) => self.CloseUnsynchronized(f));
        }
    }

    private void TryUnsynchronized(RestoreFile file, Action<FileWriter, RestoreFile> step)
    {
        if (file.IsSettled)
        {
            return;
        }

        try
        {
            step(this, file);
        }
        catch (LinuxException e) when (!e.IsOutOfSpace)
        {
            GiveUpUnsynchronized(file, e);
        }
    }

    private LinuxFile OpenUnsynchronized(RestoreFile file)
    {
        if (file.Open is { } already)
        {
            return already;
        }

        using DirectoryLease lease = pool.Open(file.Directory);
        if (file.Temporary is not { } name)
        {
            return CreateUnsynchronized(file, lease.Handle);
        }

        LinuxFile open = lease.Handle.OpenFileForWriting(name);
        KeepOpenUnsynchronized(file, open);
        return open;
    }

    private LinuxFile CreateUnsynchronized(RestoreFile file, DirectoryHandle directory)
    {
        byte[] temporary = swap.NewName();
        file.HasFinalPermissions = MayHaveFinalPermissions(file);
        uint permissions = file.HasFinalPermissions ? FileMode.ToKernelPermissions(file.Node.Mode) : PrivatePermissions;
        LinuxFile open = directory.CreateFile(temporary, permissions);
        file.Temporary = temporary;
        KeepOpenUnsynchronized(file, open);
        if (options.Sparse)
        {
            open.SetLength(file.Length);
        }
        else if (file.Length >= LeastPastCache)
        {
            file.IsReserved = open.TryReserve(file.Length);
        }

        return open;
    }

    private void KeepOpenUnsynchronized(RestoreFile file, LinuxFile open)
    {
        file.Open = open;
        Interlocked.Increment(ref _waitingOpen);
    }

    /// <summary>
    /// Whether the kernel gives a new file its final permissions: no bit that the mask takes or that a new owner clears,
    /// no ACL, and nothing left to do for which a read-only file must be opened again or written to.
    /// </summary>
    private bool MayHaveFinalPermissions(RestoreFile file)
    {
        uint permissions = FileMode.ToKernelPermissions(file.Node.Mode);
        return (permissions & (~PlainPermissions | _mask)) == 0
            && !file.Directory.HasDefaultAcl
            && file.Node.ExtendedAttributes.Length == 0
            && (_isRoot || file.Content.Length <= 1);
    }

    private void CompleteUnsynchronized(RestoreFile file)
    {
        LinuxFile open = OpenUnsynchronized(file);
        metadata.ApplyToNew(file, open);
        CloseUnsynchronized(file); // D8: before the name, because what was written may be refused as late as here
        using (DirectoryLease lease = pool.Open(file.Directory))
        {
            swap.Replace(file.Directory, lease.Handle, file.Temporary!, file.Node.Name);
        }

        file.Temporary = null;
        report.Done(file.Existing is null ? RestoreAction.Restored : RestoreAction.Updated, file.Directory, file.Node.Name, file.Length);
        SettleUnsynchronized(file, LinkOutcome.There);
    }

    private void GiveUpUnsynchronized(RestoreFile file, LinuxException reason)
    {
        RemoveTemporaryUnsynchronized(file);
        report.Fail(file.Path, reason.Message);
        SettleUnsynchronized(file, LinkOutcome.Failed);
    }

    private void SettleUnsynchronized(RestoreFile file, LinkOutcome outcome)
    {
        file.IsSettled = true;
        links.Settle(file.Links, outcome);
        directories.Release(file.Directory);
    }

    /// <exception cref="LinuxException">What was written has not arrived.</exception>
    private void CloseUnsynchronized(RestoreFile file) => TakeOpenUnsynchronized(file)?.CloseWritten();

    private LinuxFile? TakeOpenUnsynchronized(RestoreFile file)
    {
        LinuxFile? open = file.Open;
        if (open is not null)
        {
            file.Open = null;
            Interlocked.Decrement(ref _waitingOpen);
        }

        return open;
    }

    private void RemoveTemporaryUnsynchronized(RestoreFile file)
    {
        TakeOpenUnsynchronized(file)?.Dispose();
        if (file.Temporary is not { } temporary)
        {
            return;
        }

        try
        {
            using DirectoryLease lease = pool.Open(file.Directory);
            EntrySwap.RemoveQuietly(lease.Handle, temporary);
        }
        catch (LinuxException)
        {
            // The directory itself is gone, and with it what was in it.
        }

        file.Temporary = null;
    }
}
