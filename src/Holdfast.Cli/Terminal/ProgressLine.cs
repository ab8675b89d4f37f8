namespace Holdfast.Cli.Terminal;

/// <summary>
/// Shows how far a long command is: on a terminal one line drawn over five times a second, elsewhere a plain line every ten
/// seconds, with --json a status document, with -q nothing.
/// </summary>
internal sealed class ProgressLine : IAsyncDisposable
{
    private static readonly TimeSpan LivePause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan JsonPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LogPause = TimeSpan.FromSeconds(10);

    private readonly Output _output;
    private readonly Func<TimeSpan, string> _describe;
    private readonly Action<TimeSpan>? _json;
    private readonly PeriodicTimer _timer;
    private readonly Task _loop;

    /// <param name="describe">The line, given the time since the start.</param>
    /// <param name="json">Prints the status document; null where the command has none.</param>
    internal ProgressLine(Output output, Func<TimeSpan, string> describe, Action<TimeSpan>? json = null)
    {
        _output = output;
        _describe = describe;
        _json = json;
        _timer = new(Pause(output, json));
        _loop = ShowAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _timer.Dispose(); // which ends the wait for its next tick, without an exception
        await _loop;
        _output.EndDrawing();
    }

    private static TimeSpan Pause(Output output, Action<TimeSpan>? json) => output switch
    {
        { IsQuiet: true } => Timeout.InfiniteTimeSpan,
        { IsJson: true } => json is null ? Timeout.InfiniteTimeSpan : JsonPause,
        { IsLive: true } => LivePause,
        _ => LogPause,
    };

    private async Task ShowAsync()
    {
        long start = TimeProvider.System.GetTimestamp();
        while (await _timer.WaitForNextTickAsync())
        {
            Show(TimeProvider.System.GetElapsedTime(start));
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
