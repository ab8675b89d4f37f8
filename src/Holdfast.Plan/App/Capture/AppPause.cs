using Holdfast.Backend;

namespace Holdfast.Plan;

/// <summary>Holds applications still around a capture. Whatever was begun is ended, once (D50).</summary>
/// <param name="warn">Told of each command that failed to end it.</param>
internal sealed class AppPause(IReadOnlyList<Application> applications, Action<string> warn)
{
    private readonly Stack<Application> _paused = [];
    private readonly Lock _lock = new();
    private Task? _end;

    /// <summary>Those that may still be paused, because a command to end it failed.</summary>
    internal List<string> Stuck { get; } = [];

    /// <exception cref="BackupException">Kind Source: a command failed.</exception>
    internal async Task BeginAsync(CancellationToken cancellation)
    {
        foreach (Application application in applications.Where(a => a.Before.Count + a.After.Count > 0))
        {
            _paused.Push(application); // before the first command: half of them may be what has to be undone
            foreach (AppCommandLine command in application.Before)
            {
                await AppCommandRun.RunAsync(application.Installation.Config, command, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Ends all that was begun, the last first. It cannot be cancelled, and a command that fails does not keep the others from running.</summary>
    internal Task EndAsync()
    {
        lock (_lock)
        {
            return _end ??= EndAllAsync();
        }
    }

    private async Task EndAllAsync()
    {
        while (_paused.TryPop(out Application? application))
        {
            foreach (AppCommandLine command in application.After)
            {
                await TryRunAsync(application, command).ConfigureAwait(false);
            }
        }
    }

    private async Task TryRunAsync(Application application, AppCommandLine command)
    {
        try
        {
            await AppCommandRun.RunAsync(application.Installation.Config, command, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // D50: whatever it is, the others are to be resumed.
            Stuck.Add(application.Entry.Name);
            warn($"application {application.Entry.Name} may still be paused: {e.Message}");
        }
    }
}
