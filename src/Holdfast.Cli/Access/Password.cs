using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;

namespace Holdfast.Cli.Access;

/// <summary>Finds the password: a file, a command, the environment, or the person at the terminal.</summary>
internal static class Password
{
    /// <summary>A password no longer than this is read from a file; a larger file is surely the wrong one.</summary>
    private const int MaxFileLength = 64 * 1024;

    /// <exception cref="UsageException">There is none, or it cannot be read.</exception>
    internal static async Task<string> FindAsync(ParseResult parsed, AccessOptions options, Output output, bool isNew, CancellationToken cancellation)
    {
        string? file = parsed.GetValue(options.PasswordFile);
        string? command = parsed.GetValue(options.PasswordCommand);
        if (file is not null && command is not null)
        {
            throw new UsageException($"{options.PasswordFile.Name} and {options.PasswordCommand.Name} exclude each other: give one of them");
        }

        string password = file is not null ? FromFile(file)
            : command is not null ? await FromCommandAsync(command, cancellation)
            : options.Setting("PASSWORD_FILE") is { } settingFile ? FromFile(settingFile)
            : options.Setting("PASSWORD_COMMAND") is { } settingCommand ? await FromCommandAsync(settingCommand, cancellation)
            : options.Setting("PASSWORD") ?? FromTerminal(
                output, isNew, $"password of {options.Which}", $"{options.PasswordFile.Name} or {options.PasswordCommand.Name}, or set HOLDFAST_{options.Prefix}PASSWORD_FILE");
        return password.Length > 0 ? password : throw new UsageException("an empty password protects nothing: give another");
    }

    /// <summary>Whether the command line says what the password is.</summary>
    internal static bool IsNamed(ParseResult parsed, AccessOptions options) =>
        parsed.GetValue(options.PasswordFile) is not null || parsed.GetValue(options.PasswordCommand) is not null;

    /// <summary>Whether the environment says what the password is.</summary>
    internal static bool IsInEnvironment(AccessOptions options) =>
        options.Setting("PASSWORD_FILE") is not null || options.Setting("PASSWORD_COMMAND") is not null || options.Setting("PASSWORD") is not null;

    /// <summary>The content of a file without white space around it, as restic takes it; refused where others may read or change it.</summary>
    internal static string FromFile(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (SecretMode.FindTrouble(stream, path) is { } trouble)
            {
                throw new UsageException(trouble);
            }

            using var reader = new StreamReader(stream, Encoding.UTF8);
            var content = new char[MaxFileLength];
            int length = reader.ReadBlock(content);
            return length < MaxFileLength
                ? new string(content, 0, length).Trim()
                : throw new UsageException($"the password file {path} is larger than 64 KiB: is it the right one?");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the password file {path} cannot be read: {e.Message}");
        }
    }

    /// <summary>Asks the person at the terminal, twice for a new password.</summary>
    /// <param name="instead">What to give where there is no terminal.</param>
    internal static string FromTerminal(Output output, bool isNew, string what, string instead)
    {
        if (!Machine.IsTerminal(0))
        {
            throw new UsageException($"no password: give {instead}", ExitCode.WrongPassword);
        }

        string password = Ask(output, $"enter {(isNew ? "new " : string.Empty)}{what}: ");
        return !isNew || Ask(output, "enter it again: ") == password
            ? password
            : throw new UsageException("the two passwords differ");
    }

    private static string Ask(Output output, string prompt)
    {
        output.ErrorText.Write(prompt);
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.Key != ConsoleKey.Backspace)
            {
                typed.Append(key.KeyChar);
            }
            else if (typed.Length > 0)
            {
                typed.Length--;
            }
        }

        output.ErrorText.WriteLine();
        return typed.ToString();
    }

    private static async Task<string> FromCommandAsync(string command, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, ArgumentList = { "-c", command } };
        using Process process = Process.Start(start) ?? throw new UsageException("the password command cannot be started");
        string text = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0
            ? text.Trim()
            : throw new UsageException($"the password command failed with exit code {process.ExitCode}: {command}");
    }
}
