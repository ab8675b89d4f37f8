using System.Text.Json;

namespace Holdfast.Source;

/// <summary>Ends what a restore left, by its notes: each step may be repeated, and none needs the snapshot.</summary>
/// <param name="session">In the database of the notes, with the lock.</param>
internal sealed class PostgreSqlTurnBack(PostgreSqlTarget target, PsqlSession session)
{
    /// <returns>The databases that are as they were before; none where there was nothing to turn back.</returns>
    internal async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellation)
    {
        PostgreSqlRestoreNotes? notes = await PostgreSqlRestoreNotes.ReadAsync(session, cancellation).ConfigureAwait(false);
        if (notes is null)
        {
            return [];
        }

        PostgreSqlTargetFacts facts = await PostgreSqlTargetFacts.ReadAsync(session, cancellation).ConfigureAwait(false);

        // D46: the renames and the word that they are done are one transaction; without it the old ones have their names still.
        if (notes.IsDone)
        {
            await DropAsync(notes.Databases.Select(d => d + PostgreSqlRestoreDatabase.OldMark), facts, cancellation).ConfigureAwait(false);
        }
        else
        {
            string open = string.Concat(notes.Closed.Where(d => facts.Find(d) is not null).Select(d => $"ALTER DATABASE {PostgreSqlText.Identifier(d)} ALLOW_CONNECTIONS true;\n"));
            await session.RunAsync($"BEGIN;\n{open}COMMIT;", cancellation).ConfigureAwait(false);
            await DropAsync(notes.Databases.Select(d => d + PostgreSqlRestoreDatabase.NewMark), facts, cancellation).ConfigureAwait(false);
            foreach (string role in notes.Roles.Where(facts.Roles.Contains).Select(PostgreSqlText.Identifier))
            {
                // One that somebody has given something since stays, with what it was given.
                string owned = facts.IsSuperuser ? $"DROP OWNED BY {role};" : string.Empty;
                _ = await session.TryAsync($"BEGIN; {owned} DROP ROLE {role}; COMMIT;", cancellation).ConfigureAwait(false);
            }
        }

        await session.RunAsync(PostgreSqlRestoreNotes.Clear(), cancellation).ConfigureAwait(false);
        return notes.IsDone ? [] : notes.Databases;
    }

    /// <summary>Ends the sessions of databases, until none comes: those that had begun when a database was closed are not yet listed.</summary>
    /// <remarks>
    /// Those of the server itself, such as autovacuum, have no role. Only a superuser may end them, and a rename or a drop does so by
    /// itself; what kind of process it is, others do not see.
    /// </remarks>
    internal static string EndSessions(IEnumerable<string> databases) =>
        $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usesysid IS NOT NULL AND datname IN ({string.Join(", ", databases.Select(PostgreSqlText.Literal))});";

    private async Task DropAsync(IEnumerable<string> names, PostgreSqlTargetFacts facts, CancellationToken cancellation)
    {
        foreach (string name in names.Where(n => facts.Find(n) is not null))
        {
            await DropSubscriptionsAsync(name, cancellation).ConfigureAwait(false);
            string database = PostgreSqlText.Identifier(name);
            await session.RunAsync($"ALTER DATABASE {database} ALLOW_CONNECTIONS false IS_TEMPLATE false;", cancellation).ConfigureAwait(false);
            await session.RunAsync(EndSessions([name]), cancellation).ConfigureAwait(false);
            await session.RunAsync($"DROP DATABASE {database};", cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>A database with subscriptions cannot be dropped. The slot of each is at the publisher and stays there.</summary>
    private async Task DropSubscriptionsAsync(string database, CancellationToken cancellation)
    {
        using JsonDocument names = await session.ReadJsonAsync(
            $"SELECT coalesce(json_agg(subname), '[]') FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = {PostgreSqlText.Literal(database)});", cancellation)
            .ConfigureAwait(false);
        if (names.RootElement.GetArrayLength() == 0)
        {
            return;
        }

        await session.RunAsync($"ALTER DATABASE {PostgreSqlText.Identifier(database)} ALLOW_CONNECTIONS true;", cancellation).ConfigureAwait(false);
        PsqlSession inside = await target.OpenAsync(database, cancellation).ConfigureAwait(false);
        await using (inside.ConfigureAwait(false))
        {
            foreach (string name in names.RootElement.EnumerateArray().Select(e => PostgreSqlText.Identifier(e.GetString() ?? string.Empty)))
            {
                await inside.RunAsync($"ALTER SUBSCRIPTION {name} DISABLE; ALTER SUBSCRIPTION {name} SET (slot_name = NONE); DROP SUBSCRIPTION {name};", cancellation).ConfigureAwait(false);
            }
        }
    }
}
