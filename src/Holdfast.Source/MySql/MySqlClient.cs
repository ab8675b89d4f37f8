using System.Collections.Concurrent;
using System.Text;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>Asks a server, by way of its own command-line client.</summary>
internal sealed class MySqlClient(MySqlOptions options, MySqlLogin login)
{
    internal const string Package = "mariadb-client";

    private static readonly string[] s_programs = ["mariadb", "mysql"];

    /// <summary>The rows of the answers, all of them, one after another.</summary>
    /// <exception cref="BackupException">Kind Source: there is no client, or the server refuses.</exception>
    internal async Task<IReadOnlyList<string[]>> QueryAsync(string sql, CancellationToken cancellation)
    {
        const int MostCharacters = 1 << 30;
        string text;
        try
        {
            text = await ToolProcess.ReadAsync(Command(sql), cancellation, MostCharacters).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            throw Failure(e);
        }

        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Array.ConvertAll(line.Split('\t'), Plain))];
    }

    /// <summary>Runs statements; what they answer passes through, row by row.</summary>
    /// <param name="database">The one that names without a database are in.</param>
    /// <exception cref="BackupException">Kind Source: there is no client, or the server refuses.</exception>
    internal async Task RunAsync(string database, string sql, CancellationToken cancellation)
    {
        try
        {
            await ToolProcess.RunAsync(Command(sql, "--quick", $"--database={database}"), cancellation).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            throw Failure(e);
        }
    }

    /// <summary>Runs statements each of which may fail, and returns what the client says of those that do.</summary>
    internal async Task<IReadOnlyList<string>> TryAsync(IEnumerable<string> statements, CancellationToken cancellation)
    {
        var errors = new ConcurrentQueue<string>();

        // Of those in its arguments, it ends at the first that fails, whatever it is told.
        ToolCommand command = Client("--force") with { OnErrorLine = errors.Enqueue };
        try
        {
            await ToolFilter.RunAsync(command, Encoding.UTF8.GetBytes(string.Concat(statements.Select(s => s + "\n"))), cancellation).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            throw Failure(e);
        }

        return [.. errors];
    }

    private ToolCommand Command(string sql, params string[] more) => Client([.. more, $"--execute={sql}"]);

    private ToolCommand Client(params string[] more) =>
        new(FindProgram(s_programs), [login.Argument, "--batch", "--skip-column-names", "--default-character-set=utf8mb4", .. more]) { Package = Package };

    private BackupException Failure(BackupException e) => new(e.Kind, $"the server at {options.Where} cannot be asked: {WithoutStatement(e.Message)}", e);

    /// <summary>Where the first of these is that PATH has; where it has none the first's name, for the message.</summary>
    internal static string FindProgram(IReadOnlyList<string> names)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries);
        return names.SelectMany(n => folders.Select(f => Path.Combine(f, n))).FirstOrDefault(File.Exists) ?? names[0];
    }

    /// <summary>What the client said without the statement that it repeats, between two lines of dashes.</summary>
    private static string WithoutStatement(string message)
    {
        const string Line = "--------------; ";
        int from = message.IndexOf(Line, StringComparison.Ordinal), to = message.LastIndexOf(Line, StringComparison.Ordinal);
        return from < to ? message[..from] + message[(to + Line.Length)..].TrimStart(';', ' ') : message;
    }

    /// <summary>A field of the client's batch mode, which escapes what would end a field or a line.</summary>
    private static string Plain(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        var text = new StringBuilder(field.Length);
        for (int i = 0; i < field.Length; i++)
        {
            bool escape = field[i] == '\\' && i + 1 < field.Length;
            text.Append(!escape ? field[i] : field[++i] switch { 'n' => '\n', 't' => '\t', '0' => '\0', char other => other });
        }

        return text.ToString();
    }
}
