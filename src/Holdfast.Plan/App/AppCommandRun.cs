using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Source;

namespace Holdfast.Plan;

/// <summary>Runs the commands of a recipe, as whom it says.</summary>
internal static class AppCommandRun
{
    private const string SafePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <param name="config">The configuration whose owner may be meant, for the message.</param>
    /// <exception cref="BackupException">Kind Source: it is not there, failed, or was not done in time.</exception>
    internal static async Task RunAsync(string config, AppCommandLine command, CancellationToken cancellation)
    {
        IReadOnlyList<string> run = command.Run;
        if (command.Owner is { } id && id != Machine.UserId)
        {
            string user = new Accounts().UserName(id);
            if (user.Length == 0)
            {
                throw new BackupException(BackupErrorKind.Source, $"{config} belongs to the user {id}, who is not known here, and {run[0]} is to run as its owner");
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
            string[] entry = (await ToolRun.ReadAsync(new("getent", ["passwd", user]), command.Timeout, cancellation).ConfigureAwait(false)).Split(':');
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
