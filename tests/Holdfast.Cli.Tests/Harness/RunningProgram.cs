using System.Diagnostics;

namespace Holdfast.Cli.Tests.Harness;

/// <summary>A command that runs until it is ended, and has said that it is ready.</summary>
public sealed class RunningProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly Task<string> _error;

    private RunningProgram(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>What it said when it was ready.</summary>
    public string FirstLine { get; private set; } = string.Empty;

    public int Id => _process.Id;

    internal static async Task<RunningProgram> StartAsync(ProcessStartInfo start)
    {
        var running = new RunningProgram(Process.Start(start)!);
        running._process.StandardInput.Close();
        running.FirstLine = await running._process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience) ?? string.Empty;
        return running.FirstLine.Length > 0 ? running : throw new InvalidOperationException($"it did not start: {await running._error}");
    }

    public async Task<Outcome> EndAsync(string signal = "INT")
    {
        using Process kill = Process.Start("kill", ["-" + signal, Id.ToString()]);
        await kill.WaitForExitAsync();
        return await WaitAsync();
    }

    public async Task<Outcome> WaitAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        return new(_process.ExitCode, [], await _error);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await EndAsync();
        }

        _process.Dispose();
    }
}
