using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>
/// A psql kept open over its pipes: docs/design.md, "PostgreSQL". After each statement it is made to print a random word with the
/// statement's SQLSTATE; as nothing follows before the next statement, the word is looked for at the end of what came, only.
/// For one statement at a time.
/// </summary>
internal sealed partial class PsqlSession : IAsyncDisposable
{
    private const string Success = "00000";
    private const int ReadSize = 256 << 10;

    /// <summary>Settings that would change what is read, or end a session that waits.</summary>
    /// <remarks>
    /// Who owns a database may have put a schema of his own before PostgreSQL's, whose functions would run in our name: that goes first,
    /// by names with their schema and without an operator.
    /// </remarks>
    private const string Settings = """
        SELECT pg_catalog.set_config('search_path', '', false);
        SELECT pg_catalog.set_config(name, CASE name
          WHEN 'search_path' THEN '' WHEN 'DateStyle' THEN 'ISO' WHEN 'IntervalStyle' THEN 'postgres' WHEN 'TimeZone' THEN 'UTC' WHEN 'extra_float_digits' THEN '3'
          WHEN 'bytea_output' THEN 'hex' WHEN 'xmloption' THEN 'content' WHEN 'standard_conforming_strings' THEN 'on' WHEN 'work_mem' THEN '64MB'
          WHEN 'row_security' THEN 'off' WHEN 'synchronize_seqscans' THEN 'off' WHEN 'quote_all_identifiers' THEN 'off' WHEN 'lock_timeout' THEN '60s' ELSE '0' END, false)
        FROM pg_catalog.pg_settings WHERE name IN ('search_path', 'DateStyle', 'IntervalStyle', 'TimeZone', 'extra_float_digits', 'bytea_output', 'xmloption',
          'standard_conforming_strings', 'work_mem', 'row_security', 'synchronize_seqscans', 'quote_all_identifiers', 'lock_timeout', 'statement_timeout',
          'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout', 'max_parallel_workers_per_gather');
        """;

    private readonly ToolProcess _tool;
    private readonly string _name;
    private readonly byte[] _mark = Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(32));
    private readonly ConcurrentQueue<string> _errors;
    private bool _ended;

    private PsqlSession(ToolProcess tool, string name, ConcurrentQueue<string> errors)
    {
        _tool = tool;
        _name = name;
        _errors = errors;
    }

    /// <summary>Told of each statement before it goes; a test may fail there.</summary>
    internal Action<string>? BeforeStatement { get; init; }

    /// <summary>The word, a space, five digits, a line's end.</summary>
    private int EndLength => _mark.Length + 7;

    /// <exception cref="BackupException">Kind Source: the server cannot be reached, or refuses.</exception>
    internal static Task<PsqlSession> OpenAsync(PostgreSqlLogin login, PostgreSqlTools tools, string server, string database, CancellationToken cancellation) =>
        OpenAsync(login, tools, server, database, null, cancellation);

    /// <param name="before">Told of each statement once it is open.</param>
    internal static async Task<PsqlSession> OpenAsync(
        PostgreSqlLogin login, PostgreSqlTools tools, string server, string database, Action<string>? before, CancellationToken cancellation)
    {
        var errors = new ConcurrentQueue<string>();
        ToolCommand command = login.Connected(tools.Find("psql", "-X", "-q", "-A", "-t"), database) with { TakesInput = true, WritesMuch = true, OnErrorLine = errors.Enqueue };
        before?.Invoke($"connect to {database}");
        var session = new PsqlSession(ToolProcess.Start(command), $"{server}, database {database}", errors) { BeforeStatement = before };
        try
        {
            await session.RunAsync("SET client_encoding = 'UTF8';\n" + Settings, cancellation).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    internal Task RunAsync(string sql, CancellationToken cancellation) => ReadAsync(sql, cancellation);

    /// <summary>What one statement returns, one JSON value.</summary>
    internal async Task<JsonDocument> ReadJsonAsync(string sql, CancellationToken cancellation) => Parse(await ReadAsync(sql, cancellation).ConfigureAwait(false));

    /// <summary>
    /// The same for what all databases of a server share, such as their names: docs/design.md, "PostgreSQL". Bytes that are no UTF-8 are taken
    /// for text in the encoding of this database.
    /// </summary>
    /// <param name="isStrict">Whether what then is no text is a failure; otherwise psql leaves out such bytes.</param>
    internal async Task<JsonDocument> ReadSharedAsync(string sql, bool isStrict, CancellationToken cancellation)
    {
        byte[] json = await ReadAsync($"SET client_encoding = 'SQL_ASCII';\n{sql}\nSET client_encoding = 'UTF8';", cancellation).ConfigureAwait(false);
        if (Utf8.IsValid(json))
        {
            return Parse(json);
        }

        using JsonDocument own = await ReadJsonAsync("SELECT pg_catalog.to_json(pg_catalog.getdatabaseencoding());", cancellation).ConfigureAwait(false);
        return !isStrict || own.RootElement.GetString() is not ("UTF8" or "SQL_ASCII")
            ? await ReadJsonAsync(sql, cancellation).ConfigureAwait(false)
            : throw new BackupException(
                BackupErrorKind.Source, $"{_name}: the name of a database, a role or a tablespace is no UTF-8: it was given in a database of another encoding; rename it");
    }

    private JsonDocument Parse(byte[] json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException e)
        {
            throw new BackupException(BackupErrorKind.Source, $"{_name}: psql did not answer a question as expected: {e.Message}", e);
        }
    }

    /// <summary>Runs statements of which the last may fail; returns its SQLSTATE, null for success.</summary>
    internal async Task<string?> TryAsync(string sql, CancellationToken cancellation)
    {
        await SendAsync(sql, mayFail: true, cancellation).ConfigureAwait(false);
        string state = await ReceiveAsync(static _ => default, cancellation).ConfigureAwait(false);
        return state == Success ? null : state;
    }

    /// <summary>Passes on what a COPY … TO STDOUT writes.</summary>
    internal async Task CopyAsync(string sql, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellation)
    {
        await SendAsync(sql, mayFail: false, cancellation).ConfigureAwait(false);
        string state = await ReceiveAsync(take, cancellation).ConfigureAwait(false);
        if (state != Success)
        {
            throw Failure($"SQLSTATE {state}");
        }
    }

    /// <summary>Runs what is written, such as a file of statements, and passes over what it answers.</summary>
    /// <exception cref="BackupException">A statement failed; or what comes of writing. The session has ended then.</exception>
    internal async Task LoadAsync(string name, Func<Stream, CancellationToken, Task> write, CancellationToken cancellation)
    {
        BeforeStatement?.Invoke(name);
        _errors.Clear();

        // Both at once: an answer to each of many statements would fill the pipe before the last is written.
        Task<string> answer = ReceiveAsync(static _ => default, cancellation);
        try
        {
            await _tool.Input.WriteAsync(Encoding.UTF8.GetBytes("\\set ON_ERROR_STOP on\n"), cancellation).ConfigureAwait(false);
            await write(_tool.Input, cancellation).ConfigureAwait(false);
            await _tool.Input.WriteAsync(Encoding.UTF8.GetBytes($"\n\\echo {Encoding.ASCII.GetString(_mark)} :SQLSTATE\n"), cancellation).ConfigureAwait(false);
            await _tool.Input.FlushAsync(cancellation).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It has gone; why, reading it will tell.
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            await answer.ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
            throw;
        }

        string state = await answer.ConfigureAwait(false);
        if (state != Success)
        {
            throw Failure($"SQLSTATE {state}");
        }
    }

    /// <summary>What psql said about the last failure: from its error on, where warnings came before.</summary>
    internal BackupException Failure(string otherwise)
    {
        string[] lines = [.. _errors.Select(l => Place().Replace(l, string.Empty)).Where(l => l.Length > 0)];
        int error = Array.FindIndex(lines, l => l.StartsWith("ERROR:", StringComparison.Ordinal) || l.StartsWith("FATAL:", StringComparison.Ordinal));
        string said = string.Join("; ", lines.Skip(Math.Max(0, error)));
        return PostgreSqlFailure.Of(_name, said.Length > 0 ? said : otherwise);
    }

    private async Task<byte[]> ReadAsync(string sql, CancellationToken cancellation)
    {
        using var content = new MemoryStream();
        await CopyAsync(sql, part => content.WriteAsync(part, cancellation), cancellation).ConfigureAwait(false);
        return content.ToArray();
    }

    private async Task SendAsync(string sql, bool mayFail, CancellationToken cancellation)
    {
        BeforeStatement?.Invoke(sql);
        _errors.Clear();
        try
        {
            string script = $"\\set ON_ERROR_STOP {(mayFail ? "off" : "on")}\n{sql}\n\\echo {Encoding.ASCII.GetString(_mark)} :SQLSTATE\n";
            await _tool.Input.WriteAsync(Encoding.UTF8.GetBytes(script), cancellation).ConfigureAwait(false);
            await _tool.Input.FlushAsync(cancellation).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It has gone; why, reading it will tell.
        }
    }

    private async Task<string> ReceiveAsync(Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellation)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(ReadSize);
        int kept = 0;
        while (true)
        {
            int count = await _tool.Output.ReadAsync(buffer.AsMemory(kept), cancellation).ConfigureAwait(false);
            if (count == 0)
            {
                throw await EndedAsync(cancellation).ConfigureAwait(false);
            }

            kept += count;
            if (kept >= EndLength && buffer.AsSpan(kept - EndLength, _mark.Length).SequenceEqual(_mark))
            {
                await take(buffer.AsMemory(0, kept - EndLength)).ConfigureAwait(false);
                return Encoding.ASCII.GetString(buffer, kept - 6, Success.Length);
            }

            int pass = Math.Max(0, kept - EndLength);
            await take(buffer.AsMemory(0, pass)).ConfigureAwait(false);
            buffer.AsSpan(pass, kept - pass).CopyTo(buffer);
            kept -= pass;
        }
    }

    private async Task<BackupException> EndedAsync(CancellationToken cancellation)
    {
        try
        {
            await _tool.EndAsync(cancellation).ConfigureAwait(false);
            return Failure("psql ended early");
        }
        catch (BackupException e)
        {
            return Failure(e.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_ended)
        {
            _ended = true;
            await _tool.DisposeAsync().ConfigureAwait(false);
        }
    }

    [GeneratedRegex("^psql:<stdin>:[0-9]+: |^psql: ")]
    private static partial Regex Place();
}
