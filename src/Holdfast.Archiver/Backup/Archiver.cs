using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// Makes a snapshot: walk, compare with the parent, read, chunk, hash, compress, encrypt, pack, upload; then trees, index,
/// and the snapshot last of all. The memory bound is that of <see cref="BlobWriter"/>, 16 MiB for each worker, and the nodes
/// of the directories on the way down to where the workers are.
/// </summary>
public sealed class Archiver(IndexedRepository repository, BackupOptions options, BackupProgress progress)
{
    /// <summary>Called with the inventory when all is captured, before there is a snapshot: to throw is to have none. Null for no check.</summary>
    public Func<Manifest, Task>? CheckManifest { get; init; }

    /// <summary>Runs the backup.</summary>
    /// <param name="countAhead">Count what there is while backing up, for a time left.</param>
    /// <exception cref="BackupException">Nothing was there to back up, or the repository failed; no snapshot is written.</exception>
    public async Task<BackupSummary> RunAsync(bool countAhead, CancellationToken cancellation)
    {
        TimeProvider time = repository.Repository.Options.Time;
        DateTimeOffset start = time.GetLocalNow();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task scan = countAhead ? Task.Run(() => new Scanner(options, progress, stop.Token).Run(), CancellationToken.None) : Task.CompletedTask;

        BlobWriter? writer = options.DryRun ? null : repository.StartWriting();
        TreeId tree;
        try
        {
            tree = await WalkAsync(writer, stop).ConfigureAwait(false);
            if (writer is not null)
            {
                await writer.CompleteAsync(cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await scan.ConfigureAwait(false);
            if (writer is not null)
            {
                await writer.DisposeAsync().ConfigureAwait(false);
            }
        }

        SnapshotSummary counters = Counters(start, time.GetLocalNow());
        bool skip = options.DryRun || (options.SkipIfUnchanged && options.Parent?.Snapshot.Tree == tree);

        // D4: the snapshot comes last, when everything it names is durable.
        SnapshotId? id = skip ? null : await repository.Repository.SaveSnapshotAsync(Snapshot(tree, counters), cancellation).ConfigureAwait(false);
        return new(id, tree, counters, progress.Problems);
    }

    private async Task<TreeId> WalkAsync(BlobWriter? writer, CancellationTokenSource stop)
    {
        var run = new ArchiveRun(repository, options, progress, writer, stop.Token);
        var captured = new CapturedTree(run);
        var reports = new List<ManifestSource>();
        TargetTree targets = TargetTree.Of(options.Paths);
        DirectoryJob? files = options.Paths.Count == 0 ? null : new(null, 0, [], targets, targets.IsTarget, null, options.Parent?.Snapshot.Tree);
        run.Work.Push(options.Sources.Count == 0 && files is not null ? files : new SourcesJob(options.Sources, captured, reports, files));

        Worker[] workers = [.. Enumerable.Range(0, options.Workers).Select(_ => new Worker(run))];
        try
        {
            await JoinAsync([.. workers.Select(w => Task.Run(w.WorkAsync, CancellationToken.None))], stop).ConfigureAwait(false);
        }
        finally
        {
            Array.ForEach(workers, w => w.Dispose());
        }

        stop.Token.ThrowIfCancellationRequested();
        if (options.Sources.Count == 0 && progress.FilesDone + run.OtherItems == 0)
        {
            throw new BackupException(BackupErrorKind.NotFound, "there is nothing to back up: none of the paths could be read, or all of it is excluded");
        }

        if (options.Plan is not null && options.Paths.Count + options.PlannedPaths.Count > 0)
        {
            reports.Add(new PathInventory(options, targets, progress.Problems).Report());
        }

        return await StoreRootAsync(run, captured, reports).ConfigureAwait(false);
    }

    /// <summary>The root of the snapshot: what the files have there, and what the sources made.</summary>
    private async Task<TreeId> StoreRootAsync(ArchiveRun run, CapturedTree captured, List<ManifestSource> reports)
    {
        IReadOnlyList<Node> files = run.Root ?? (options.Paths.Count == 0 ? [] : throw new InvalidOperationException("the walk ended without a tree"));
        using var worker = new Worker(run);
        if (options.HasManifest)
        {
            Manifest inventory = ManifestOf(reports);
            if (CheckManifest is { } check)
            {
                await check(inventory).ConfigureAwait(false);
            }

            byte[] manifest = ManifestJson.Write(inventory);
            using SourceFile file = new(run, captured, Manifest.Path, ChunkGrain.Fine, false);
            await file.WriteAsync(manifest, run.Cancellation).ConfigureAwait(false);
            await file.CompleteAsync().ConfigureAwait(false);
        }

        IReadOnlyList<Node>? previous = await run.TryLoadPreviousAsync(options.Parent?.Snapshot.Tree, () => "/").ConfigureAwait(false);
        var root = new SortedDictionary<byte[], Node>(ByteOrder.Instance);
        foreach (Node node in await captured.StoreAsync(previous, worker).ConfigureAwait(false))
        {
            root.Add(node.Name, node);
        }

        foreach (Node node in files)
        {
            if (!root.TryAdd(node.Name, node))
            {
                progress.AddProblem("/" + node.NameText, "this name in a snapshot is for what its sources capture; the folder of the machine is left out");
            }
        }

        return await worker.SaveTreeAsync([.. root.Values], doubtful: previous is null).ConfigureAwait(false);
    }

    private Manifest ManifestOf(List<ManifestSource> reports) => new()
    {
        Program = options.Label.ProgramVersion,
        Host = options.Label.HostName,
        Plan = options.Plan,
        Time = options.Label.Time,
        Sources = reports,
    };

    /// <summary>Waits for all; the first failure cancels the others and is the one thrown.</summary>
    private static async Task JoinAsync(List<Task> tasks, CancellationTokenSource stop)
    {
        Task? failed = null;
        while (tasks.Count > 0)
        {
            Task done = await Task.WhenAny(tasks).ConfigureAwait(false);
            tasks.Remove(done);
            if (!done.IsCompletedSuccessfully)
            {
                failed ??= done;
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }

        if (failed is not null)
        {
            await failed.ConfigureAwait(false);
        }
    }

    private SnapshotSummary Counters(DateTimeOffset start, DateTimeOffset end) => new()
    {
        BackupStart = start,
        BackupEnd = end,
        FilesNew = progress.FilesNew,
        FilesChanged = progress.FilesChanged,
        FilesUnmodified = progress.FilesUnmodified,
        DirsNew = progress.DirsNew,
        DirsChanged = progress.DirsChanged,
        DirsUnmodified = progress.DirsUnmodified,
        DataBlobs = progress.DataBlobs,
        TreeBlobs = progress.TreeBlobs,
        DataAdded = progress.BytesAdded,
        DataAddedPacked = progress.BytesStored,
        TotalFilesProcessed = progress.FilesDone,
        TotalBytesProcessed = progress.BytesDone,
    };

    private Snapshot Snapshot(TreeId tree, SnapshotSummary counters) => new()
    {
        Time = options.Label.Time,
        Parent = options.Parent?.Id,
        Tree = tree,
        Paths = [.. options.AllPaths],
        Hostname = options.Label.HostName,
        Username = Environment.UserName,
        UserId = Machine.UserId,
        GroupId = Machine.GroupId,
        Excludes = options.Excludes.Patterns.IsEmpty ? null : [.. options.Excludes.Patterns.Texts],
        Tags = options.Label.Tags.Count == 0 ? null : [.. options.Label.Tags],
        ProgramVersion = options.Label.ProgramVersion,
        Summary = counters,
        Marks = Marks(),
    };

    private SnapshotMarks? Marks()
    {
        int problems = progress.Problems.Count + options.MissingPaths;
        return problems == 0 && options.Run is null ? null : new() { Run = options.Run, Problems = problems == 0 ? null : problems };
    }
}
