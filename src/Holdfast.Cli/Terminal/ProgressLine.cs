namespace Holdfast.Cli.Terminal;

/// <summary>
/// Shows how far a long command is: on a terminal one line drawn over five times a second, elsewhere a plain line every ten
/// seconds, with --json a status document, with -q nothing.
/// </summary>
internal sealed class ProgressLine : IAsyncDisposable
{
    private static readonly TimeSpan LivePause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LogPause = TimeSpan.FromSeconds(10);

    private readonly Output _output;
    private readonly Func<TimeSpan, string> _describe;
    private readonly Action<TimeSpan>? _json;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    /// <param name="describe">The line, given the time since the start.</param>
    /// <param name="json">Prints the status document; null where the command has none.</param>
    internal ProgressLine(Output output, Func<TimeSpan, string> describe, Action<TimeSpan>? json = null)
    {
        _output = output;
        _describe = describe;
        _json = json;
        bool silent = output.IsQuiet || (output.IsJson && json is null);
        _loop = silent ? Task.CompletedTask : ShowAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _output.EndDrawing();
        _stop.Dispose();
    }

    private async Task ShowAsync()
    {
        long start = TimeProvider.System.GetTimestamp();
        TimeSpan pause = _output.IsLive && !_output.IsJson ? LivePause : _output.IsJson ? TimeSpan.FromSeconds(1) : LogPause;
        using var timer = new PeriodicTimer(pause);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                Show(TimeProvider.System.GetElapsedTime(start));
            }
        }
        catch (OperationCanceledException)
        {
            // The command is done.
        }
    }

    private void Show(TimeSpan elapsed)
    {
        if (_output.IsJson)
        {
            _json?.Invoke(elapsed);
        }
        else if (_output.IsLive)
        {
            string line = _describe(elapsed);
            int width = Math.Max(20, ConsoleWidth() - 1);
            _output.Draw(line.Length > width ? line[..width] : line);
        }
        else
        {
            _output.Warn(_describe(elapsed));
        }
    }

    private static int ConsoleWidth()
    {
        try
        {
            return Console.WindowWidth > 0 ? Console.WindowWidth : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }
}
