using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Source;

namespace Holdfast.Plan;

/// <summary>Holds applications still around a capture. Whatever was begun is ended, once (D50).</summary>
/// <param name="warn">Told of each command that failed to end it.</param>
internal sealed class AppPause(IReadOnlyList<Application> applications, Action<string> warn)
{
    private const string SafePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

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
        catch (Exception e)
        {
            // D50: whatever it is, the others are to be resumed.
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
            if (user.Length == 0)
            {
                throw new BackupException(BackupErrorKind.Source, $"{application.Installation.Config} belongs to the user {id}, who is not known here, and {run[0]} is to run as its owner");
            }

            await RunAsAsync(user, command, cancellation).ConfigureAwait(false);
            return;
        }

        await ToolRun.RunAsync(new(run[0], [.. run.Skip(1)]), command.Timeout, cancellation).ConfigureAwait(false);
    }

    /// <summary>In a session of its own: with our terminal, the user could type as root. Our environment is none of his business either.</summary>
    private static async Task RunAsAsync(string user, AppCommandLine command, CancellationToken cancellation)
    {
        try
        {
            string[] entry = (await ToolRun.RunAsync(new("getent", ["passwd", user]), command.Timeout, cancellation).ConfigureAwait(false)).Split(':');
            await ToolRun.RunAsync(
                new("setsid", ["-w", "runuser", "-u", user, "--", .. command.Run])
                {
                    Environment = new Dictionary<string, string> { ["PATH"] = SafePath, ["HOME"] = entry.Length > 5 ? entry[5] : "/", ["LC_ALL"] = "C.UTF-8" },
                },
                command.Timeout, cancellation).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            throw new BackupException(e.Kind, $"{command.Run[0]} as {user}: {e.Message}", e);
        }
    }
}
