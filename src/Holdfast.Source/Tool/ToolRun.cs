using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>Runs a tool for what it does.</summary>
public static class ToolRun
{
    /// <summary>Runs it to its end, which something that it leaves running does not delay. Cancelled or out of time, it is killed with all its children.</summary>
    /// <exception cref="BackupException">Kind Source: it is not there, failed, or was not done in time.</exception>
    public static Task RunAsync(ToolCommand command, TimeSpan timeout, CancellationToken cancellation) =>
        LimitAsync(command, timeout, async c =>
        {
            await ToolProcess.PerformAsync(command, c).ConfigureAwait(false);
            return string.Empty;
        }, cancellation);

    /// <summary>Runs it to its end and returns what it wrote, as text.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public static Task<string> ReadAsync(ToolCommand command, TimeSpan timeout, CancellationToken cancellation) =>
        LimitAsync(command, timeout, c => ToolProcess.ReadAsync(command, c), cancellation);

    private static async Task<string> LimitAsync(ToolCommand command, TimeSpan timeout, Func<CancellationToken, Task<string>> run, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(timeout);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            return await run(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new BackupException(BackupErrorKind.Source, $"{command.Name} was not done after {timeout.TotalSeconds:0} seconds, and was ended; give it a longer timeout if it needs one", e);
        }
    }
}
