namespace Holdfast.Archiver;

/// <summary>
/// Work for a fixed number of workers, taken last in, first out: depth first through a tree, so what waits stays small.
/// Workers make new work themselves; all is done when every worker waits. Thread-safe.
/// </summary>
internal sealed class WorkStack(int workers)
{
    private readonly Lock _lock = new();
    private readonly Stack<Job> _jobs = new();
    private readonly Queue<TaskCompletionSource<Job?>> _waiting = new();
    private volatile int _idle;
    private bool _ended;

    /// <summary>Whether somebody waits for work: a hint to share some.</summary>
    internal bool SomebodyIsIdle => _idle > 0;

    /// <summary>Whether another worker would find no job when it is done with its own: a hint, too.</summary>
    internal bool LacksJobs => workers > 1 && _jobs.Count == 0;

    internal void Push(Job job)
    {
        TaskCompletionSource<Job?>? waiter;
        lock (_lock)
        {
            if (_ended)
            {
                job.Abandon();
                return;
            }

            if (!_waiting.TryDequeue(out waiter))
            {
                _jobs.Push(job);
                return;
            }

            _idle = _waiting.Count;
        }

        waiter.SetResult(job);
    }

    /// <summary>The next job; null when all work is done, or given up.</summary>
    internal ValueTask<Job?> TakeAsync()
    {
        lock (_lock)
        {
            if (_ended)
            {
                return new((Job?)null);
            }

            if (_jobs.TryPop(out Job? job))
            {
                return new(job);
            }

            if (_waiting.Count < workers - 1)
            {
                var waiter = new TaskCompletionSource<Job?>(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Enqueue(waiter);
                _idle = _waiting.Count;
                return new(waiter.Task);
            }
        }

        End();
        return new((Job?)null);
    }

    /// <summary>Sends every worker home; what is left on the stack is disposed of.</summary>
    internal void End()
    {
        lock (_lock)
        {
            _ended = true;
            _idle = 0;
            while (_waiting.TryDequeue(out TaskCompletionSource<Job?>? waiter))
            {
                waiter.SetResult(null);
            }

            while (_jobs.TryPop(out Job? job))
            {
                job.Abandon();
            }
        }
    }
}
