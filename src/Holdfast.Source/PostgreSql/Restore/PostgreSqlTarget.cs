using System.Text;
using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>The server that is restored to: opens sessions, and keeps the database in which a restore has its notes and its lock.</summary>
internal sealed class PostgreSqlTarget(PostgreSqlOptions options, Action<string>? before) : IDisposable
{
    /// <summary>Where to knock first: the second where the first is under restore and closed, the third where somebody dropped it.</summary>
    private static readonly string[] s_doors = ["postgres", PostgreSqlRestoreNotes.Database, "template1"];

    /// <summary>Its number is "holdfast" in bytes.</summary>
    private const string OtherRestores = "SET lock_timeout = '15s'; SELECT pg_advisory_lock(7525352680829580148);";

    private readonly PostgreSqlLogin _login = new(options);
    private readonly PostgreSqlTools _tools = new();

    internal string Name { get; } = PostgreSqlLogin.NameOf(options);

    internal Task<PsqlSession> OpenAsync(string database, CancellationToken cancellation) => PsqlSession.OpenAsync(_login, _tools, Name, database, before, cancellation);

    /// <summary>The first of some tables that is there and has rows; who may not see all of them sees whether it takes room.</summary>
    internal static async Task<string?> FindWithRowsAsync(PsqlSession session, IEnumerable<PostgreSqlTableName> tables, CancellationToken cancellation)
    {
        string names = string.Join(", ", tables.Select(t => PostgreSqlText.Literal(t.ToString())));
        using JsonDocument json = await session.ReadJsonAsync(
            $"""
            SELECT coalesce(json_agg(json_build_object('name', n, 'room', pg_relation_size(c.oid) > 0,
                'seen', has_table_privilege(c.oid, 'SELECT') AND NOT (c.relrowsecurity AND row_security_active(c.oid)))), '[]')
              FROM unnest(ARRAY[{names}]) n JOIN pg_class c ON c.oid = to_regclass(n);
            """,
            cancellation).ConfigureAwait(false);
        foreach (JsonElement table in json.RootElement.EnumerateArray())
        {
            string name = table.GetProperty("name").GetString()!;
            if (!table.GetProperty("seen").GetBoolean() ? table.GetProperty("room").GetBoolean() : await HasRowsAsync(name).ConfigureAwait(false))
            {
                return name;
            }
        }

        return null;

        async Task<bool> HasRowsAsync(string name)
        {
            using JsonDocument rows = await session.ReadJsonAsync($"SELECT json_build_object('any', EXISTS (SELECT 1 FROM {name}));", cancellation).ConfigureAwait(false);
            return rows.RootElement.GetProperty("any").GetBoolean();
        }
    }

    /// <summary>A session in a database that no restore replaces while it is open.</summary>
    private async Task<PsqlSession> OpenDoorAsync(CancellationToken cancellation)
    {
        BackupException? first = null;
        foreach (string door in s_doors)
        {
            try
            {
                return await OpenAsync(door, cancellation).ConfigureAwait(false);
            }
            catch (BackupException e) when (e.Message.Contains("FATAL:", StringComparison.Ordinal))
            {
                first ??= e;
            }
        }

        throw first ?? new BackupException(BackupErrorKind.Source, $"{Name} cannot be reached");
    }

    /// <summary>A session in the database of the notes, which is made where it is missing; no other restore runs for as long as it is open.</summary>
    /// <exception cref="BackupException">Another restore is under way.</exception>
    internal async Task<PsqlSession> OpenNotesAsync(CancellationToken cancellation)
    {
        PsqlSession door = await OpenDoorAsync(cancellation).ConfigureAwait(false);
        await using (door.ConfigureAwait(false))
        {
            PostgreSqlTargetFacts facts = await PostgreSqlTargetFacts.ReadAsync(door, cancellation).ConfigureAwait(false);
            facts.RequireOwnNotes();
            PostgreSqlTargetDatabase? notes = facts.Find(PostgreSqlRestoreNotes.Database);
            if (notes is null)
            {
                await door.RunAsync($"CREATE DATABASE {PostgreSqlRestoreNotes.Database} TEMPLATE template0;", cancellation).ConfigureAwait(false);
            }

            if (notes is not { IsForAll: false })
            {
                // Nobody else is to hold the lock. Two restores that begin at once both try, and one fails: it is done then, too.
                _ = await door.TryAsync($"REVOKE CONNECT ON DATABASE {PostgreSqlRestoreNotes.Database} FROM PUBLIC;", cancellation).ConfigureAwait(false);
            }
        }

        try
        {
            return await LockAsync(cancellation).ConfigureAwait(false);
        }
        catch (BackupException)
        {
            await RemoveNotesAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<PsqlSession> LockAsync(CancellationToken cancellation)
    {
        PsqlSession session = await OpenAsync(PostgreSqlRestoreNotes.Database, cancellation).ConfigureAwait(false);
        try
        {
            // Once more: while a session is in it, no other can get its name.
            (await PostgreSqlTargetFacts.ReadAsync(session, cancellation).ConfigureAwait(false)).RequireOwnNotes();
            const string LockNotAvailable = "55P03";
            string? state = await session.TryAsync(OtherRestores, cancellation).ConfigureAwait(false);
            if (state is null)
            {
                await session.RunAsync("SET lock_timeout = '60s';", cancellation).ConfigureAwait(false);
                return session;
            }

            throw state == LockNotAvailable
                ? new BackupException(BackupErrorKind.Source, $"another restore to {Name} is under way: wait for its end")
                : session.Failure($"SQLSTATE {state}");
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Whether a restore is under way, or left something.</summary>
    internal async Task<bool> HasNotesAsync(CancellationToken cancellation)
    {
        PsqlSession door = await OpenDoorAsync(cancellation).ConfigureAwait(false);
        await using (door.ConfigureAwait(false))
        {
            return (await PostgreSqlTargetFacts.ReadAsync(door, cancellation).ConfigureAwait(false)).Find(PostgreSqlRestoreNotes.Database) is not null;
        }
    }

    /// <summary>Unless something is noted, or a session uses it still: then another restore runs, or did.</summary>
    internal async Task RemoveNotesAsync(CancellationToken cancellation)
    {
        PsqlSession door = await OpenDoorAsync(cancellation).ConfigureAwait(false);
        await using (door.ConfigureAwait(false))
        {
            (await PostgreSqlTargetFacts.ReadAsync(door, cancellation).ConfigureAwait(false)).RequireOwnNotes();
            if (await PostgreSqlRestoreNotes.ReadAsync(door, cancellation).ConfigureAwait(false) is not null)
            {
                return;
            }

            const string InUse = "55006";
            string? state = await door.TryAsync($"DROP DATABASE IF EXISTS {PostgreSqlRestoreNotes.Database};", cancellation).ConfigureAwait(false);
            if (state is not (null or InUse))
            {
                throw door.Failure($"SQLSTATE {state}");
            }
        }
    }

    internal async Task<PostgreSqlTargetFacts> ReadFactsAsync(CancellationToken cancellation)
    {
        PsqlSession door = await OpenDoorAsync(cancellation).ConfigureAwait(false);
        await using (door.ConfigureAwait(false))
        {
            return await PostgreSqlTargetFacts.ReadAsync(door, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Roles as they are called, from those of a script that loads into a database of this encoding.</summary>
    /// <param name="encoding">Null for UTF-8.</param>
    internal async Task<IReadOnlyList<string>> RolesAsync(string? encoding, IReadOnlyList<string> shown, CancellationToken cancellation)
    {
        if (encoding is null || shown.All(s => Ascii.IsValid(s)))
        {
            return shown;
        }

        PsqlSession door = await OpenDoorAsync(cancellation).ConfigureAwait(false);
        await using (door.ConfigureAwait(false))
        {
            return await SharedNames.OfAsync(door, PostgreSqlText.Literal(encoding), shown, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Somebody's own script, by a psql of its own, with the settings that the server gives everybody.</summary>
    internal Task RunMaskAsync(PostgreSqlMask mask, string database, CancellationToken cancellation)
    {
        before?.Invoke($"mask {database}");

        // A transaction that it leaves open would be lost with its end.
        ToolCommand psql = _tools.Find("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-c", "SET client_encoding = 'UTF8'", "-f", "-", "-c", "COMMIT");
        return mask.RunAsync(_login.Connected(psql, database), cancellation);
    }

    public void Dispose() => _login.Dispose();
}
