using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>
/// One connection for statements one after another, by way of the server's own client; the first that fails ends it. Statements go
/// through a pipe, as some have secrets in them.
/// </summary>
internal sealed partial class MySqlSession : IAsyncDisposable
{
    private const string Mark = "holdfast: done";

    private readonly MySqlOptions _options;
    private readonly ToolProcess _tool;
    private readonly StreamReader _output;
    private readonly Action<string>? _before;
    private bool _ended;
    private bool _isLogged = true;

    private MySqlSession(MySqlOptions options, ToolProcess tool, Action<string>? before)
    {
        _options = options;
        _tool = tool;
        _output = new(tool.Output, Encoding.UTF8);
        _before = before;
    }

    /// <param name="before">Told of each statement before it goes; a test may fail there.</param>
    internal static MySqlSession Open(MySqlOptions options, MySqlLogin login, Action<string>? before) => new(
        options,
        ToolProcess.Start(new(
            MySqlClient.FindProgram(["mariadb", "mysql"]),
            [login.Argument, "--batch", "--unbuffered", "--skip-column-names", "--comments", "--default-character-set=utf8mb4", "--max-allowed-packet=1G"])
        {
            Package = MySqlClient.Package, TakesInput = true,
        }),
        before);

    /// <summary>Runs statements, of which the last needs no delimiter, and returns the lines that they answer.</summary>
    /// <exception cref="BackupException">Kind Source: one failed.</exception>
    internal Task<IReadOnlyList<string>> ExecuteAsync(string sql, CancellationToken cancellation) =>
        ExecuteAsync(sql, (stream, token) => stream.WriteAsync(Encoding.UTF8.GetBytes(sql), token).AsTask(), cancellation);

    /// <summary>Whether the binary log gets what follows.</summary>
    internal async Task LogAsync(bool isLogged, CancellationToken cancellation)
    {
        if (isLogged != _isLogged)
        {
            await ExecuteAsync($"SET SESSION sql_log_bin = {(isLogged ? 1 : 0)};", cancellation).ConfigureAwait(false);
            _isLogged = isLogged;
        }
    }

    /// <summary>Runs a statement in which there may be a password, and says nothing of its text.</summary>
    /// <exception cref="BackupException">Kind Source: it failed.</exception>
    internal async Task ExecuteSecretAsync(string name, string sql, CancellationToken cancellation)
    {
        try
        {
            await ExecuteAsync(name, (stream, token) => stream.WriteAsync(Encoding.UTF8.GetBytes(sql), token).AsTask(), cancellation).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            // The server repeats what it does not understand.
            throw new BackupException(e.Kind, Secret().Replace(e.Message, "…"));
        }
    }

    [GeneratedRegex(@"\bnear '.*' at line|\bIDENTIFIED\b.*", RegexOptions.Singleline)]
    private static partial Regex Secret();

    /// <summary>Runs what is written, under a name for it.</summary>
    /// <exception cref="BackupException">Kind Source: a statement failed; or what comes of writing.</exception>
    internal async Task<IReadOnlyList<string>> ExecuteAsync(string name, Func<Stream, CancellationToken, Task> write, CancellationToken cancellation)
    {
        _before?.Invoke(name);
        try
        {
            await write(_tool.Input, cancellation).ConfigureAwait(false);
            await _tool.Input.WriteAsync(Encoding.UTF8.GetBytes($"\n;SELECT '{Mark}';\n"), cancellation).ConfigureAwait(false);
            await _tool.Input.FlushAsync(cancellation).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The client has ended, and says why.
            throw await FailureAsync(name, cancellation).ConfigureAwait(false);
        }

        var lines = new List<string>();
        while (await _output.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
        {
            if (line == Mark)
            {
                return lines;
            }

            lines.Add(line);
        }

        throw await FailureAsync(name, cancellation).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        await _tool.DisposeAsync().ConfigureAwait(false);
        _output.Dispose();
    }

    private async Task<BackupException> FailureAsync(string name, CancellationToken cancellation)
    {
        const int MostName = 80;
        string what = name.ReplaceLineEndings(" ");
        what = what.Length <= MostName ? what : $"{what[..MostName]}…";
        try
        {
            await _tool.EndAsync(cancellation).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            return new(BackupErrorKind.Source, $"the server at {_options.Where} refused {what}: {e.Message}", e);
        }

        return new(BackupErrorKind.Source, $"the client of the server at {_options.Where} ended at {what}");
    }
}
