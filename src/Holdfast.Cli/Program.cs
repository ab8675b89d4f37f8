using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using Holdfast.Backend;
using Holdfast.Cli.Commands;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;

namespace Holdfast.Cli;

/// <summary>The composition root: wires the commands, and turns every failure into one sentence and an exit code.</summary>
internal static class Program
{
    /// <summary>The time after Ctrl-C in which uploads end, what is stored gets its index, and the lock goes.</summary>
    private static readonly TimeSpan WindUp = TimeSpan.FromSeconds(30);

    private static async Task<int> Main(string[] arguments)
    {
        // restic's `unlock` asks every process of this machine that holds a lock, by this signal, whether it is there; restic itself ignores it.
        using PosixSignalRegistration asked = PosixSignalRegistration.Create(PosixSignal.SIGHUP, static signal => signal.Cancel = true);
        using var console = new Output();
        RootCommand root = CommandLine.Build(console);
        ParseResult parsed = root.Parse(RawArguments.Restore(arguments));
        console.Configure(parsed);
        bool isSuggestion = parsed.Tokens.Any(t => t.Type == TokenType.Directive);
        if (!isSuggestion && CommandLine.FindUnknown(parsed) is { } unknown)
        {
            return console.Fail(unknown, ExitCode.Failed);
        }

        if (parsed.Errors.Count > 0 && !isSuggestion)
        {
            return console.Fail(Complaint(parsed), ExitCode.Failed);
        }

        try
        {
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = WindUp, Output = console.Text, Error = console.ErrorText };
            int exitCode = await parsed.InvokeAsync(configuration);
            console.Finish();
            return exitCode;
        }
        catch (OperationCanceledException) when (console.IsLockLost)
        {
            return console.Fail("the lock of this run was lost: somebody removed it, or it could not be refreshed; what was stored so far is used by the next run", ExitCode.Locked);
        }
        catch (OperationCanceledException e)
        {
            return console.Fail(e is InterruptedException ? e.Message : "interrupted; what was stored so far is used by the next run", ExitCode.Interrupted);
        }
        catch (UsageException e)
        {
            return console.Fail(e.Message, e.ExitCode);
        }
        catch (BackupException e)
        {
            return console.Fail(e.Message, ExitCode.Of(e.Kind));
        }
        catch (Exception e) when (e is LinuxException or NativeLibraryMissingException or UnauthorizedAccessException or IOException)
        {
            // A reader that went away, as `holdfast ls latest | head` does, is no failure worth a sentence.
            return e is LinuxException { Error: Errno.BrokenPipe } ? ExitCode.Failed : console.Fail(e.Message, ExitCode.Failed);
        }
    }

    /// <summary>How a user calls a command: with the names of those that it belongs to.</summary>
    private static string CallOf(Symbol command) =>
        command.Parents.OfType<Command>().FirstOrDefault(c => c is not RootCommand) is { } above ? $"{CallOf(above)} {command.Name}" : command.Name;

    /// <summary>What is wrong with the command line, in one line.</summary>
    private static string Complaint(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (command is { Action: null, Subcommands: [var first, ..] })
        {
            return $"{command.Name} wants one of its commands, such as {first.Name}: see {CallOf(command)} --help";
        }

        if (command.Arguments.FirstOrDefault(a => a.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(a) is not { Tokens.Count: > 0 }) is { } missing)
        {
            return $"which {missing.Name}? see {CallOf(command)} --help";
        }

        string message = string.Join(' ', parsed.Errors[0].Message.Split(['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries));

        // The library names the .NET type that it wanted, which tells a user nothing.
        int type = message.IndexOf(" as expected type", StringComparison.Ordinal);
        return type < 0 ? message : message[..type] + ": see --help";
    }
}
