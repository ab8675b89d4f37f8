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

    internal Output()
    {
        Raw = new DescriptorStream(LinuxFile.StandardOutput());
        Text = Open(Raw);
        ErrorText = Open(new DescriptorStream(LinuxFile.StandardError()));
        ErrorText.AutoFlush = true;
    }

    internal StreamWriter Text { get; }

    /// <summary>Standard output for a result that is no text; for one thread, and before any line.</summary>
    internal Stream Raw { get; }

    internal StreamWriter ErrorText { get; }

    internal bool IsJson { get; private set; }

    internal bool IsQuiet { get; private set; }

    /// <summary>0 by default, 1 with -v, 2 with -vv.</summary>
    internal int Verbosity { get; private set; }

    /// <summary>Whether a person sees standard error, so that a line may be drawn over.</summary>
    internal bool IsLive { get; } = Machine.IsTerminal(2) && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");

    /// <summary>A line that is drawn over again and again, where one is shown; it is cleared before anything else is said.</summary>
    internal Action ClearLiveLine { get; set; } = static () => { };

    internal void Configure(ParseResult parsed)
    {
        IsJson = parsed.GetValue(GlobalOptions.Json);
        IsQuiet = parsed.GetValue(GlobalOptions.Quiet);
        Verbosity = parsed.GetValue(GlobalOptions.Verbose)?.Length ?? 0;
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

    /// <summary>Something the user should know, on standard error.</summary>
    internal void Warn(string message)
    {
        lock (_lock)
        {
            ClearLiveLine();
            Text.Flush();
            ErrorText.WriteLine(message);
        }
    }

    /// <summary>The sentence that says why the program fails, and its exit code.</summary>
    internal int Fail(string message, int exitCode)
    {
        if (IsJson)
        {
            Warn(JsonSerializer.Serialize(new ExitError("exit_error", exitCode, message), CliJson.Default.ExitError));
        }
        else
        {
            Warn($"holdfast: {message}");
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

    private static StreamWriter Open(Stream stream) => new(stream, PathEncoding.Instance, 16 * 1024);
}
