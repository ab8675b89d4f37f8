using Holdfast.Backend;

namespace Holdfast.Archiver;

/// <summary>Captures the sources, one after another, then goes on with the files.</summary>
internal sealed class SourcesJob(IReadOnlyList<ISource> sources, CapturedTree captured, List<ManifestSource> reports, Job? next) : Job
{
    internal override async ValueTask RunAsync(Worker worker)
    {
        TimeProvider time = worker.Run.Repository.Repository.Options.Time;
        Manifest? previous = await FindPreviousAsync(worker.Run).ConfigureAwait(false);
        foreach (ISource source in sources)
        {
            worker.Run.Progress.Reading(source.Name);
            long start = time.GetTimestamp();
            var writer = new SourceWriter(worker.Run, captured, source, previous?.Sources.FirstOrDefault(s => s.Root == source.Root));
            await source.CaptureAsync(writer, worker.Run.Cancellation).ConfigureAwait(false);
            reports.Add(writer.Report(time.GetElapsedTime(start)));
        }

        if (next is not null)
        {
            worker.Run.Work.Push(next);
        }
    }

    private static async ValueTask<Manifest?> FindPreviousAsync(ArchiveRun run)
    {
        if (run.Options.Parent?.Snapshot.Tree is not { } tree)
        {
            return null;
        }

        try
        {
            return await Manifest.FindAsync(run.Repository, tree, run.Cancellation).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.Unsupported)
        {
            run.Repository.Repository.Options.Warn($"{e.Message}; what was there last time is not compared");
            return null;
        }
    }
}
