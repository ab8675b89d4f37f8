using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Holdfast.Cli.Access;
using Holdfast.Linux;
using Spectre.Console;

namespace Holdfast.Cli.Terminal;

/// <summary>
/// Where everything the program says goes: results to standard output, the rest to standard error. File names are written
/// as the bytes they are. Thread-safe.
/// </summary>
internal sealed class Output : IDisposable
{
    private readonly Lock _lock = new();
    private IOException? _failure;
    private bool _isDrawn;

    internal Output()
    {
        Raw = new DescriptorStream(LinuxFile.StandardOutput());
        Text = Open(Raw);

        // A log on a full disk, or a reader that went away, must not stop a backup.
        ErrorText = Open(new DescriptorStream(LinuxFile.StandardError(), isVital: false));
        ErrorText.AutoFlush = true;
    }

    internal StreamWriter Text { get; }

    /// <summary>Standard output for a result that is no text; for one thread, and before any line.</summary>
    internal Stream Raw { get; }

    /// <summary>Standard error; what cannot be written to it is dropped.</summary>
    internal StreamWriter ErrorText { get; }

    internal bool IsJson { get; private set; }

    internal bool IsQuiet { get; private set; }

    /// <summary>0 by default, 1 with -v, 2 with -vv.</summary>
    internal int Verbosity { get; private set; }

    /// <summary>Whether a person sees standard error, so that a line may be drawn over.</summary>
    internal bool IsLive { get; } = Machine.IsTerminal(2) && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");

    /// <summary>Whether the lock on the repository could not be kept, so that a cancelled run was not interrupted by the user.</summary>
    internal bool IsLockLost { get; set; }

    internal void Configure(ParseResult parsed)
    {
        IsJson = parsed.GetValue(GlobalOptions.Json);
        IsQuiet = parsed.GetValue(GlobalOptions.Quiet);
        Verbosity = GlobalOptions.Verbosity(parsed);
    }

    /// <summary>A line of the result.</summary>
    internal void Line(string text = "")
    {
        lock (_lock)
        {
            ClearLiveLine();
            Text.WriteLine(text);
        }
    }

    /// <summary>A line of the result that a quiet program leaves out, and one that speaks JSON.</summary>
    internal void Say(string text)
    {
        if (!IsQuiet && !IsJson)
        {
            Line(text);
        }
    }

    /// <summary>A table of the result, as wide as the terminal, or as its content where there is none.</summary>
    internal void Table(Table table)
    {
        lock (_lock)
        {
            ClearLiveLine();
            bool terminal = Machine.IsTerminal(1);
            IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No,
                Out = new AnsiConsoleOutput(Text),
            });
            console.Profile.Width = terminal && Console.WindowWidth > 40 ? Console.WindowWidth : 10_000;
            console.Write(table);
        }
    }

    /// <summary>One JSON document on one line.</summary>
    internal void Json<T>(T value, JsonTypeInfo<T> type) => Line(JsonSerializer.Serialize(value, type));

    /// <summary>Something the user should know, on standard error. Never fails.</summary>
    internal void Warn(string message) => Tell(IsJson ? Notice("warning", message) : message);

    /// <summary>Damage, or a part of the request that cannot be met, while the command goes on to its exit code 1.</summary>
    internal void Complain(string message) => Tell(IsJson ? Notice("error", message) : $"holdfast: {message}");

    /// <summary>The same from a command whose every line is such a one.</summary>
    internal void Report(string damage) => Tell(IsJson ? Notice("error", damage) : damage);

    /// <summary>What went wrong with one file or folder, which is named.</summary>
    /// <param name="during">restic's word for what was being done: scan, archival or restore.</param>
    internal void Report(string path, string problem, string during) => Tell(IsJson
        ? JsonSerializer.Serialize(new("error", new(problem), during, path), CliJson.Default.BackupError)
        : $"{PathText.Printable(path)}: {problem}");

    /// <summary>One JSON document on one line of standard error.</summary>
    internal void WarnJson<T>(T value, JsonTypeInfo<T> type) => Tell(JsonSerializer.Serialize(value, type));

    /// <summary>Shows a line on standard error that the next one is drawn over; it is cleared before anything else is said.</summary>
    internal void Draw(string line)
    {
        lock (_lock)
        {
            _isDrawn = true;
            ErrorText.Write("\r\u001b[K" + line);
        }
    }

    /// <summary>Removes the drawn line, where there is one.</summary>
    internal void EndDrawing()
    {
        lock (_lock)
        {
            ClearLiveLine();
        }
    }

    /// <summary>A command that runs until somebody ends it is ready: said at once, to whoever waits for it.</summary>
    internal void SayReady(string text, Started document)
    {
        if (IsJson)
        {
            Json(document, CliJson.Default.Started);
        }
        else
        {
            Say(text);
        }

        Finish();
    }

    /// <summary>The result is complete: a part of it that did not reach its reader is a failure.</summary>
    /// <exception cref="IOException"/>
    internal void Finish()
    {
        lock (_lock)
        {
            Text.Flush();
            if (_failure is not null)
            {
                throw _failure;
            }
        }
    }

    /// <summary>The sentence that says why the program fails, and its exit code.</summary>
    internal int Fail(string message, int exitCode)
    {
        if (IsJson)
        {
            WarnJson(new("exit_error", exitCode, message), CliJson.Default.ExitError);
        }
        else
        {
            Complain(message);
        }

        return exitCode;
    }

    public void Dispose()
    {
        try
        {
            Text.Dispose();
            ErrorText.Dispose();
        }
        catch (IOException)
        {
            // The reader went away; there is nobody left to tell.
        }
    }

    private static string Notice(string type, string message) => JsonSerializer.Serialize(new Notice(type, message), CliJson.Default.Notice);

    private void Tell(string message)
    {
        lock (_lock)
        {
            ClearLiveLine();
            try
            {
                Text.Flush(); // so that both come in order on a terminal
            }
            catch (IOException e)
            {
                _failure ??= e; // whoever warns has no part in the result; Finish tells of it
            }

            ErrorText.WriteLine(message);
        }
    }

    private void ClearLiveLine()
    {
        if (_isDrawn)
        {
            _isDrawn = false;
            ErrorText.Write("\r\u001b[K");
        }
    }

    private static StreamWriter Open(Stream stream) => new(stream, PathEncoding.Instance, 16 * 1024);
}
