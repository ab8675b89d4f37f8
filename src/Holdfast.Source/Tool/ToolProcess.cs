using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using System.Text;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>
/// A native tool under way. Its exit status decides: whoever uses what it wrote awaits <see cref="EndAsync"/> and has nothing
/// before that. Disposed of while it runs, it is killed with all its children.
/// </summary>
internal sealed class ToolProcess : IAsyncDisposable
{
    /// <summary>Characters of standard error that are kept.</summary>
    private const int ErrorTail = 2000;

    /// <summary>How long to wait for the end of standard error once the tool has ended: something that it left running may keep it open.</summary>
    private static readonly TimeSpan s_errorPatience = TimeSpan.FromSeconds(10);

    private readonly ToolCommand _command;
    private readonly Process _process;
    private readonly Task _errors;
    private readonly StringBuilder _tail = new();
    private readonly CancellationTokenSource _disposing = new();
    private bool _reaped;

    private ToolProcess(ToolCommand command, Process process)
    {
        _command = command;
        _process = process;
        _errors = ReadErrorsAsync();
        if (!command.TakesInput)
        {
            process.StandardInput.Close();
        }
    }

    /// <summary>What the tool writes.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>What the tool reads; to be closed at its end.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>Whether it has ended by itself; it may have written what was not read yet.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Starts the tool.</summary>
    /// <exception cref="BackupException">Kind Source: it is not there, or cannot be run.</exception>
    public static ToolProcess Start(ToolCommand command)
    {
        (string program, IEnumerable<string> arguments) = Buffered(command);
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, StandardErrorEncoding = Encoding.UTF8,
        };

        SetEnvironment(start, command);
        try
        {
            Process process = Process.Start(start) ?? throw new InvalidOperationException("no process came of a start");
            Pipes.Widen(((PipeStream)process.StandardOutput.BaseStream).SafePipeHandle);
            return new(command, process);
        }
        catch (Win32Exception e)
        {
            const int NoEntry = 2;
            string where = command.Package is { } package ? $"install the package {package}" : "check the name, and PATH";
            throw new BackupException(
                BackupErrorKind.Source, e.NativeErrorCode == NoEntry ? $"{command.Program} is not there; {where}" : $"{command.Program} cannot be run: {e.Message}", e);
        }
    }

    /// <summary>Runs a tool to its end and returns what it wrote, as text.</summary>
    /// <param name="mostCharacters">More than this is a failure.</param>
    /// <exception cref="BackupException">Kind Source.</exception>
    public static async Task<string> ReadAsync(ToolCommand command, CancellationToken cancellation, int mostCharacters = 16 << 20)
    {
        ToolProcess tool = Start(command);
        await using (tool.ConfigureAwait(false))
        {
            var text = new StringBuilder();
            char[] buffer = new char[16 << 10];
            int count;
            while ((count = await tool._process.StandardOutput.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
            {
                text.Append(buffer, 0, count);
                if (text.Length > mostCharacters)
                {
                    throw new BackupException(BackupErrorKind.Source, $"{command.Name} wrote more than the {mostCharacters} characters that may be expected of it");
                }
            }

            await tool.EndAsync(cancellation).ConfigureAwait(false);
            return text.ToString();
        }
    }

    /// <summary>Runs a tool to its end; what it writes, however much, is read and not kept.</summary>
    /// <exception cref="BackupException">Kind Source.</exception>
    public static async Task RunAsync(ToolCommand command, CancellationToken cancellation)
    {
        ToolProcess tool = Start(command);
        await using (tool.ConfigureAwait(false))
        {
            await tool.Output.CopyToAsync(Stream.Null, cancellation).ConfigureAwait(false);
            await tool.EndAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Runs a command for what it does. It is done when it has ended, though a service that it started may hold its output open; what it
    /// writes is read until then, and not kept.
    /// </summary>
    /// <exception cref="BackupException">Kind Source.</exception>
    public static async Task PerformAsync(ToolCommand command, CancellationToken cancellation)
    {
        ToolProcess tool = Start(command);
        await using (tool.ConfigureAwait(false))
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Task drain = tool.Output.CopyToAsync(Stream.Null, ended.Token);
            try
            {
                await tool._process.WaitForExitAsync(cancellation).ConfigureAwait(false);
            }
            finally
            {
                await ended.CancelAsync().ConfigureAwait(false);
                await drain.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            tool._reaped = true;
            if (tool._process.ExitCode != 0)
            {
                await tool.EndAsync(cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits for the tool's end. Read <see cref="Output"/> to its end before: a tool that cannot write does not end.</summary>
    /// <exception cref="BackupException">Kind Source: it ended with another status than 0; with the last that it said.</exception>
    public async Task EndAsync(CancellationToken cancellation)
    {
        await _process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        _reaped = true;
        await _errors.WaitAsync(s_errorPatience, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellation.ThrowIfCancellationRequested();
        if (_process.ExitCode != 0)
        {
            throw Failure($"ended with exit status {_process.ExitCode}");
        }
    }

    /// <summary>A failure of this tool, with the last that it said.</summary>
    public BackupException Failure(string what)
    {
        string said;
        lock (_tail)
        {
            said = _tail.ToString().Trim();
        }

        return new(BackupErrorKind.Source, said.Length == 0 ? $"{_command.Name} {what}" : $"{_command.Name} {what}: {said.ReplaceLineEndings("; ")}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_reaped)
        {
            try
            {
                // .NET stops the tools of a tree before it looks for their children. Were we killed in between, a database client would stay
                // stopped, and with it its session and locks; those that take input are such clients, and have no children.
                _process.Kill(entireProcessTree: !_command.TakesInput);
            }
            catch (InvalidOperationException)
            {
                // It has ended by itself.
            }

            await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await _disposing.CancelAsync().ConfigureAwait(false);
        await _errors.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _disposing.Dispose();
        _process.Dispose();
    }

    /// <summary>
    /// C's standard library writes 4 KiB at a time into a pipe, and each piece wakes the reader: with mariadb-dump, that took a tenth of both
    /// sides' time. The coreutils' stdbuf changes the size and becomes the tool, so there is no process more.
    /// </summary>
    private static (string Program, IEnumerable<string> Arguments) Buffered(ToolCommand command)
    {
        const string Buffer = "/usr/bin/stdbuf";
        return command.WritesMuch && Path.IsPathRooted(command.Program) && File.Exists(command.Program) && File.Exists(Buffer)
            ? (Buffer, ["-o256K", command.Program, .. command.Arguments])
            : (command.Program, command.Arguments);
    }

    private static void SetEnvironment(ProcessStartInfo start, ToolCommand command)
    {
        if (command.Environment is { } given)
        {
            start.Environment.Clear();
            foreach ((string name, string value) in given)
            {
                start.Environment[name] = value;
            }

            return;
        }

        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("HOLDFAST_", StringComparison.Ordinal) || k.StartsWith("RESTIC_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync(_disposing.Token).ConfigureAwait(false) is { } said)
        {
            string line = _command.File is { } file ? said.Replace(file.Made, file.Shown, StringComparison.Ordinal) : said;
            _command.OnErrorLine?.Invoke(line);
            lock (_tail)
            {
                _tail.AppendLine(line);
                if (_tail.Length > ErrorTail)
                {
                    _tail.Remove(0, _tail.Length - ErrorTail);
                }
            }
        }
    }
}
