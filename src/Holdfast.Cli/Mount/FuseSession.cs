using System.Collections.Concurrent;
using Holdfast.Backend;
using Holdfast.Cli.View;
using Holdfast.Linux;

namespace Holdfast.Cli.Mount;

/// <summary>Answers the kernel's requests from a view, several at a time, until the file system is unmounted.</summary>
/// <param name="warn">Told of damage that a reader met.</param>
internal sealed class FuseSession(FuseDevice device, RepositoryView view, bool ownerIsRoot, Action<string> warn)
{
    /// <summary>Answers being worked on; the kernel keeps what is beyond that.</summary>
    private const int Answers = 16;

    /// <summary>A snapshot never changes, so the kernel may believe what it was told of it; of the folders above, not for long.</summary>
    private static readonly TimeSpan ValidInSnapshot = TimeSpan.FromHours(1);
    private static readonly TimeSpan ValidAbove = TimeSpan.FromSeconds(5);

    private readonly InodeTable _inodes = new(view);
    private readonly OpenEntries<ViewFile> _files = new();
    private readonly OpenEntries<ViewFolder> _folders = new();

    /// <summary>The kernel tries again what fails, and one damage is said once.</summary>
    private readonly ConcurrentDictionary<string, bool> _said = new();

    /// <summary>Returns when the file system is unmounted, or the device was told to stop, and no answer is being worked on.</summary>
    internal async Task RunAsync()
    {
        using var free = new SemaphoreSlim(Answers);

        // A thread of its own, because it waits for the kernel most of its life.
        try
        {
            await Task.Factory.StartNew(() => Serve(free), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            for (int i = 0; i < Answers; i++)
            {
                await free.WaitAsync();
            }
        }
    }

    private void Serve(SemaphoreSlim free)
    {
        while (device.Read() is { } request)
        {
            switch (request.Operation)
            {
                case FuseOperation.Forget or FuseOperation.BatchForget:
                    foreach ((ulong id, ulong lookups) in request.Forgotten())
                    {
                        _inodes.Forget(id, lookups);
                    }

                    break;
                case FuseOperation.Interrupt:
                    break; // what was asked for is answered all the same
                default:
                    free.Wait(CancellationToken.None); // blocks the thread that blocks in Read anyhow; each answer under way frees a place, also where it fails
                    _ = Task.Run(() => AnswerAsync(request, free)); // joined by RunAsync, which waits until all are free
                    break;
            }
        }
    }

    private async Task AnswerAsync(FuseRequest request, SemaphoreSlim free)
    {
        try
        {
            (Errno error, string? damage) = await JudgeAsync(request);
            if (error != Errno.None)
            {
                device.SendError(request, error);
            }

            // After the answer: whoever asked waits for that and not for our standard error.
            if (damage is not null && _said.TryAdd(damage, true))
            {
                warn($"holdfast: {damage}");
            }
        }
        finally
        {
            free.Release();
        }
    }

    /// <summary>The error to answer with, if any; the program that asked must get an answer, whatever happens here, or it hangs for ever.</summary>
    private async Task<(Errno Error, string? Damage)> JudgeAsync(FuseRequest request)
    {
        try
        {
            return (await TryAnswerAsync(request), null);
        }
        catch (BackupException e)
        {
            return e.Kind == BackupErrorKind.NotFound ? (Errno.NoEntry, null) : (Errno.InputOutput, e.Message);
        }
        catch (OperationCanceledException)
        {
            return (Errno.InputOutput, null); // the mount ends
        }
        catch (Exception e)
        {
            return (Errno.InputOutput, $"{e.GetType().Name} in {request.Operation}: {e.Message}");
        }
    }

    private ValueTask<Errno> TryAnswerAsync(FuseRequest request)
    {
        switch (request.Operation)
        {
            case FuseOperation.Lookup:
                return LookUpAsync(request);
            case FuseOperation.GetAttributes:
                return WithEntryAsync(request, e => Send(request, r => r.PutAttributes(e.Attributes(ownerIsRoot), Valid(e))));
            case FuseOperation.ReadLink:
                return WithEntryAsync(request, e => e.Node.LinkTarget.Length == 0 ? Errno.InvalidArgument : SendBytes(request, e.Node.LinkTarget));
            case FuseOperation.Open:
                return WithEntryAsync(request, e => Send(request, r => r.PutOpened(_files.Add(view.Open(e)), keepsCache: true)));
            case FuseOperation.OpenDirectory:
                return OpenFolderAsync(request);
            case FuseOperation.Read:
                return ReadAsync(request);
            case FuseOperation.ReadDirectory:
                return ValueTask.FromResult(ReadFolder(request));
            case FuseOperation.Release:
                _files.Remove(request.Handle);
                return ValueTask.FromResult(Send(request, static _ => { }));
            case FuseOperation.ReleaseDirectory:
                _folders.Remove(request.Handle);
                return ValueTask.FromResult(Send(request, static _ => { }));
            case FuseOperation.GetExtendedAttribute or FuseOperation.ListExtendedAttributes:
                return WithEntryAsync(request, e => AnswerAttribute(request, e));
            case FuseOperation.StatFs:
                return ValueTask.FromResult(Send(request, static r => r.PutStatFs()));
            case FuseOperation.Initialize:
                return ValueTask.FromResult(Send(request, r => r.PutInitialized(request)));
            case FuseOperation.Destroy:
                return ValueTask.FromResult(Send(request, static _ => { }));
            default:
                return ValueTask.FromResult(Errno.NoSystemCall); // the kernel does without, and does not ask again
        }
    }

    private async ValueTask<Errno> LookUpAsync(FuseRequest request)
    {
        if (await _inodes.FindAsync(request.NodeId) is not { IsFolder: true } parent
            || (await view.ListAsync(parent)).Find(request.Name) is not { } entry)
        {
            return Errno.NoEntry;
        }

        // Before the kernel knows of it, or it could forget it first.
        _inodes.Remember(parent, entry);
        return Send(request, r => r.PutEntry(entry.Id, entry.Attributes(ownerIsRoot), Valid(parent)));
    }

    private async ValueTask<Errno> OpenFolderAsync(FuseRequest request)
    {
        if (await _inodes.FindAsync(request.NodeId) is not { } entry)
        {
            return Errno.StaleHandle;
        }

        ViewFolder folder = await view.ListAsync(entry);
        return Send(request, r => r.PutOpened(_folders.Add(folder), keepsCache: false));
    }

    private async ValueTask<Errno> ReadAsync(FuseRequest request)
    {
        if (_files.Find(request.Handle) is not { } file)
        {
            return Errno.BadDescriptor;
        }

        int size = (int)Math.Min(request.Size, 1u << 20);
        using var reply = new FuseReply(request.Unique, size);
        reply.Advance(await file.ReadAsync((long)Math.Min(request.Offset, long.MaxValue), reply.Rest[..size]));
        device.Send(reply);
        return Errno.None;
    }

    private Errno ReadFolder(FuseRequest request)
    {
        if (_folders.Find(request.Handle) is not { } folder)
        {
            return Errno.BadDescriptor;
        }

        int room = (int)Math.Min(request.Size, 1u << 20);
        using var reply = new FuseReply(request.Unique, room);
        for (ulong at = request.Offset; at < (ulong)folder.Count + 2; at++)
        {
            bool fits = at switch
            {
                0 => reply.TryPutName(request.NodeId, FileKind.Directory, "."u8, 1, room),
                1 => reply.TryPutName(request.NodeId, FileKind.Directory, ".."u8, 2, room),
                _ => Put(folder[(int)(at - 2)], at + 1),
            };
            if (!fits)
            {
                break;
            }
        }

        device.Send(reply);
        return Errno.None;

        bool Put(ViewEntry entry, ulong next) =>
            reply.TryPutName(entry.Inode, ViewEntry.Kind(entry.Node.Type), entry.Node.Name, next, room);
    }

    private Errno AnswerAttribute(FuseRequest request, ViewEntry entry)
    {
        byte[]? value = request.Operation == FuseOperation.ListExtendedAttributes
            ? [.. entry.Node.ExtendedAttributes.SelectMany(a => a.Name.Append((byte)0))]
            : Array.Find(entry.Node.ExtendedAttributes, a => request.AttributeName.SequenceEqual(a.Name))?.Value;
        return value is null ? Errno.NoData
            : request.AttributeRoom == 0 ? Send(request, r => r.PutAttributeLength(value.Length))
            : request.AttributeRoom < value.Length ? Errno.Range
            : SendBytes(request, value);
    }

    private async ValueTask<Errno> WithEntryAsync(FuseRequest request, Func<ViewEntry, Errno> answer) =>
        await _inodes.FindAsync(request.NodeId) is { } entry ? answer(entry) : Errno.StaleHandle;

    private Errno SendBytes(FuseRequest request, byte[] bytes)
    {
        using var reply = new FuseReply(request.Unique, bytes.Length);
        reply.PutBytes(bytes);
        device.Send(reply);
        return Errno.None;
    }

    private Errno Send(FuseRequest request, Action<FuseReply> put)
    {
        using var reply = new FuseReply(request.Unique);
        put(reply);
        device.Send(reply);
        return Errno.None;
    }

    private static TimeSpan Valid(ViewEntry folder) => folder.Branch is null ? ValidInSnapshot : ValidAbove;
}
