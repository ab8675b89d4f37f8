using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Source;

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
                await RunAsync(application, command, cancellation).ConfigureAwait(false);
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
            await RunAsync(application, command, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            Stuck.Add(application.Entry.Name);
            warn($"application {application.Entry.Name} may still be paused: {e.Message}");
        }
    }

    private static async Task RunAsync(Application application, AppCommandLine command, CancellationToken cancellation)
    {
        IReadOnlyList<string> run = command.Run;
        if (command.Owner is { } id && id != Machine.UserId)
        {
            string user = new Accounts().UserName(id);
            run = user.Length > 0
                ? ["runuser", "-u", user, "--", .. run]
                : throw new BackupException(BackupErrorKind.Source, $"{application.Installation.Config} belongs to the user {id}, who is not known here, and {run[0]} is to run as its owner");
        }

        await ToolRun.RunAsync(new(run[0], [.. run.Skip(1)]), command.Timeout, cancellation).ConfigureAwait(false);
    }
}
