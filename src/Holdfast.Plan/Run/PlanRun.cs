using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Protocol;
using Holdfast.Repository;
using Holdfast.Source;

namespace Holdfast.Plan;

/// <summary>One execution of a plan: prepared first, so that what cannot be captured is said before anything is read.</summary>
public sealed class PlanRun
{
    private readonly IndexedRepository _repository;
    private readonly PlanEntry _plan;
    private readonly Manifest? _last;
    private readonly InventoryNotes _notes;
    private readonly InventoryNote _note;
    private readonly AppPause _pause;

    private PlanRun(IndexedRepository repository, PlanEntry plan, BackupOptions options, Manifest? last, InventoryNotes notes, InventoryNote note, AppPause pause)
    {
        _pause = pause;
        (_repository, _plan, Options, _last, _notes, _note) = (repository, plan, options, last, notes, note);
    }

    /// <summary>What is going to be backed up, and how.</summary>
    public BackupOptions Options { get; }

    /// <summary>Called, before the run fails, for each thing that is gone.</summary>
    public Action<GoneItem>? OnGone { get; init; }

    /// <summary>Whether somebody who said that these may be gone meant this, too: what is inside goes with it.</summary>
    public static bool IsAcknowledged(GoneItem item, IEnumerable<string> names) =>
        names.Any(n => item.Name == n || item.Source == n || item.Name.StartsWith(n.TrimEnd('/') + "/", StringComparison.Ordinal));

    /// <summary>Makes the plan's entries what captures them, and finds its last snapshot.</summary>
    /// <param name="mirrors">Those of the plan's file: what they make is no source.</param>
    /// <param name="common">What all plans of this call have in common; its paths are none.</param>
    /// <exception cref="BackupException">Something cannot be captured.</exception>
    public static async Task<PlanRun> PrepareAsync(
        IndexedRepository repository, PlanEntry plan, IReadOnlyList<MirrorEntry> mirrors, BackupOptions common, Action<GoneItem>? onGone, CancellationToken cancellation)
    {
        OpenRepository open = repository.Repository;
        Action<string> warn = open.Options.Warn;
        var notes = new InventoryNotes(open);
        string host = common.Label.HostName;
        plan = await MirrorTargets.LeaveOutAsync(plan, mirrors, m => MirrorMark.IsSetAsync(notes, m, host, cancellation), warn, cancellation).ConfigureAwait(false);
        Application[] applications = [.. plan.Sources.OfType<AppEntry>().Select(Application.Open)];
        plan = Application.Merge(plan, applications);
        List<ISource> sources = [.. plan.Sources.SelectMany(s => s is AppEntry ? applications.First(a => a.Entry == s).Sources : PlanSources.Create(s, warn) is { } one ? [one] : [])];
        Application.Compare(sources);
        BackupOptions options = common with { Sources = sources, Plan = plan.Name, Label = common.Label with { Tags = [plan.Name, .. common.Label.Tags.Where(t => t != plan.Name)] } };
        if (plan.Sources.OfType<FilesEntry>().FirstOrDefault() is { } files)
        {
            options = WithFiles(options, files, warn);
        }

        if (options.Paths.Count + sources.Count == 0)
        {
            throw new BackupException(BackupErrorKind.NotFound, "none of the paths to back up is there");
        }

        List<StoredSnapshot> all = await open.ListSnapshotsAsync(e => warn(e.Message), cancellation).ConfigureAwait(false);
        PlanSnapshot? last = await PlanSnapshot.FindAsync(repository, plan.Name, host, options.Label.Time, all, cancellation).ConfigureAwait(false);
        options = options with
        {
            Parent = common.Force ? null : last?.Stored,
            Run = new RunNumbers(all).Next(host, options.AllPaths),
        };
        InventoryNote note = await notes.FindAsync(host, plan.Name, cancellation).ConfigureAwait(false);
        return new(repository, plan, options, last?.Manifest, notes, note, new(options.DryRun ? [] : applications, new(notes, host, plan.Name), warn)) { OnGone = onGone };
    }

    /// <summary>Runs it. What was acknowledged is forgotten when the snapshot is durable (D35).</summary>
    /// <exception cref="BackupException">There is no snapshot; kind Gone: because something is not there any more.</exception>
    public async Task<BackupSummary> RunAsync(BackupProgress progress, bool countAhead, CancellationToken cancellation)
    {
        BackupSummary summary = await CaptureAsync(progress, countAhead, cancellation).ConfigureAwait(false);
        if (summary.Id is not null && _note.Gone.Count + _note.Acknowledged.Count > 0)
        {
            // What somebody acknowledged while this ran is for the next run.
            await _notes.ChangeAsync(
                _note.Host, _note.Plan, now => now with { Gone = [], Acknowledged = [.. now.Acknowledged.Except(_note.Acknowledged)] }, cancellation).ConfigureAwait(false);
        }

        return _pause.Stuck.Count == 0 ? summary : throw new BackupException(
            BackupErrorKind.Source, $"the snapshot was made, but {string.Join(", ", _pause.Stuck.Distinct())} may still be paused: see what is said above, and end it by hand");
    }

    /// <summary>
    /// D50: applications are held still until all is read, and no longer; after a failure until that is known; after an interruption no
    /// longer either, though uploads then take a while to end.
    /// </summary>
    private async Task<BackupSummary> CaptureAsync(BackupProgress progress, bool countAhead, CancellationToken cancellation)
    {
        var archiver = new Archiver.Archiver(_repository, Options, progress)
        {
            CheckManifest = async m =>
            {
                await _pause.EndAsync().ConfigureAwait(false);
                await CheckAsync(m, cancellation).ConfigureAwait(false);
            },
        };
        var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _pause.BeginAsync(cancellation).ConfigureAwait(false);
            using CancellationTokenRegistration registration = cancellation.Register(interrupted.SetResult);
            Task<BackupSummary> archive = archiver.RunAsync(countAhead, cancellation);
            if (await Task.WhenAny(archive, interrupted.Task).ConfigureAwait(false) == interrupted.Task)
            {
                await _pause.EndAsync().ConfigureAwait(false);
            }

            return await archive.ConfigureAwait(false);
        }
        finally
        {
            await _pause.EndAsync().ConfigureAwait(false);
        }
    }

    private static BackupOptions WithFiles(BackupOptions options, FilesEntry files, Action<string> warn)
    {
        var present = new List<string>();
        foreach (string path in files.Paths)
        {
            if (TargetPath.FindTrouble(path) is { } trouble)
            {
                warn($"{PathText.Printable(path)}: {trouble}");
            }
            else
            {
                present.Add(path);
            }
        }

        IEnumerable<ExcludeMarker> markers = files.ExcludeIfPresent.Select(ExcludeMarker.Parse);
        return options with
        {
            Paths = present,
            PlannedPaths = files.Paths,
            MissingPaths = files.Paths.Count - present.Count,
            OneFileSystem = files.OneFileSystem,
            ReadFifos = files.ReadFifos,
            FifoPatience = files.FifoTimeout,
            Excludes = options.Excludes with
            {
                Patterns = new(files.Exclude.Select(p => new PathPattern(p, ignoreCase: false)).Concat(files.Iexclude.Select(p => new PathPattern(p, ignoreCase: true)))),
                Markers = [.. files.ExcludeCaches ? markers.Append(ExcludeMarker.CacheTag) : markers],
                LargerThan = files.ExcludeLargerThan,
            },
        };
    }

    /// <summary>D34: a snapshot that has less than the last is not written unless somebody said that it may.</summary>
    private async Task CheckAsync(Manifest now, CancellationToken cancellation)
    {
        if (_last is null)
        {
            return;
        }

        var inventory = new Inventory(_last, ShrinkLimits());
        foreach (string shrunk in inventory.FindShrunk(now))
        {
            _repository.Repository.Options.Warn(shrunk);
        }

        List<PathPattern> mayGo = [.. _plan.MayGo.Select(Fixed)];
        List<GoneItem> gone = [.. inventory.FindGone(now).Where(g => !IsAcknowledged(g, _note.Acknowledged) && !mayGo.Exists(p => p.Matches($"/{g.Name}")))];
        if (gone.Count == 0)
        {
            return;
        }

        gone.ForEach(g => OnGone?.Invoke(g));
        if (!Options.DryRun)
        {
            await _notes.ChangeAsync(_note.Host, _note.Plan, note => note with { Gone = gone }, cancellation).ConfigureAwait(false);
        }

        throw new BackupException(
            BackupErrorKind.Gone,
            $"{gone.Count} of the things that the last snapshot has {(gone.Count == 1 ? "is" : "are")} gone, so there is no new one; bring back what is missing, or say that it may be gone: holdfast acknowledge {_plan.Name}");
    }

    /// <summary>A name is matched from its beginning; that of a path begins with a slash already.</summary>
    private static PathPattern Fixed(string pattern) => new($"/{pattern}", ignoreCase: false);

    private Dictionary<string, double> ShrinkLimits()
    {
        var limits = new Dictionary<string, double>();
        foreach (SourceEntry entry in _plan.Sources)
        {
            if (entry is CommandEntry command)
            {
                limits[CommandSource.PathOf(command.Name)] = command.ShrinkLimit;
            }
            else if (entry is FifoEntry fifo)
            {
                limits[CommandSource.PathOf(fifo.Name)] = fifo.ShrinkLimit;
            }
        }

        return limits;
    }
}
