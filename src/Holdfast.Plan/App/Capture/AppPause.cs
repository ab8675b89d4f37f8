using Holdfast.Backend;

namespace Holdfast.Plan;

/// <summary>Holds applications still around a capture. Whatever was begun is ended, once (D50).</summary>
/// <param name="ours">Those that we paused, as far as a recipe can tell.</param>
/// <param name="warn">Told of each command that failed to end it, and of what somebody else paused.</param>
internal sealed class AppPause(IReadOnlyList<Application> applications, PauseNotes ours, Action<string> warn)
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
            string name = application.Entry.Name;
            bool canTell = application.Installation.Recipe.Unless.Count > 0;
            if (canTell && application.Installation.IsPaused() && !await ours.HasAsync(name, cancellation).ConfigureAwait(false))
            {
                warn($"application {name} is paused already, and not by a backup: it is captured so, and stays paused");
                continue;
            }

            if (canTell)
            {
                await ours.AddAsync(name, cancellation).ConfigureAwait(false); // D70
            }

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
        var ended = new List<string>();
        while (_paused.TryPop(out Application? application))
        {
            bool isEnded = true;
            foreach (AppCommandLine command in application.After)
            {
                isEnded &= await TryRunAsync(application, command).ConfigureAwait(false);
            }

            if (isEnded && application.Installation.Recipe.Unless.Count > 0)
            {
                ended.Add(application.Entry.Name);
            }
        }

        // When all go on: the repository may be slow, or not there any more.
        await ForgetAsync(ended).ConfigureAwait(false);
    }

    private async Task ForgetAsync(List<string> ended)
    {
        try
        {
            await ours.RemoveAsync(ended, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            warn($"that {string.Join(", ", ended)} went on could not be noted, so the next run will take a pause by somebody else for its own: {e.Message}");
        }
    }

    private async Task<bool> TryRunAsync(Application application, AppCommandLine command)
    {
        try
        {
            await AppCommandRun.RunAsync(application.Installation.Config, command, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (Exception e)
        {
            // D50: whatever it is, the others are to be resumed.
            Stuck.Add(application.Entry.Name);
            warn($"application {application.Entry.Name} may still be paused: {e.Message}");
            return false;
        }
    }
}
