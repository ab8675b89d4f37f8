using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>Looks whether one table may come, and what hangs on the one in its place.</summary>
internal sealed class PostgreSqlTablePlanner(PostgreSqlSnapshot snapshot, PostgreSqlTargetFacts facts, DatabaseRestoreRequest request)
{
    private readonly List<string> _notes = [];

    internal async Task<PostgreSqlTablePlan> PlanAsync(PostgreSqlOptions options, Action<string>? before, CancellationToken cancellation)
    {
        string source = request.Database ?? string.Empty;
        string database = request.As ?? source;
        PostgreSqlSnapshotTable table = await PostgreSqlSnapshotTable.FindAsync(snapshot, source, request.Table ?? string.Empty, cancellation).ConfigureAwait(false);
        if (facts.IsStandby)
        {
            throw Refused("the target is a standby, which takes no changes: restore to its primary");
        }

        if (request.Users || request.Mask is not null)
        {
            throw Refused("one table comes without roles and without a mask: restore the whole database for those");
        }

        if (facts.Find(database) is not { IsOpen: true })
        {
            throw Refused($"the target has no database {database} that can be connected to: create it first, a table alone does not");
        }

        if (facts.Major < snapshot.Major)
        {
            _notes.Add($"the target, PostgreSQL {facts.Major}, is older than the server in the snapshot, {snapshot.Major}: what it does not know fails the restore, and nothing is changed then");
        }

        using var server = new PostgreSqlTarget(options, before);
        RequireRoles(table, await server.RolesAsync(snapshot.EncodingOf(source), [.. table.Script.All.SelectMany(PostgreSqlRoles.Of).Distinct()], cancellation).ConfigureAwait(false));
        string[] spaces = [.. table.Script.All.Where(s => s.Begins("SET", "default_tablespace")).Select(s => s.NameAt(3)).OfType<string>().Distinct().Where(t => !facts.Tablespaces.Contains(t))];
        if (table.Rows is null)
        {
            _notes.Add($"table {table.Item.Name} comes back empty: its rows were left out of the backup");
        }

        if (table.Script.Inherits && request.AsSchema is not null)
        {
            throw Refused($"table {table.Item.Name} inherits from another, which would show its rows a second time: restore it into another database, or in its place");
        }

        string schema = request.AsSchema ?? table.Name.Schema;
        PsqlSession session = await server.OpenAsync(database, cancellation).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            var place = new PostgreSqlTableName(schema, table.Name.Name);
            bool exists = await LookAsync(session, place, cancellation).ConfigureAwait(false);
            if (table.Rows is null && !request.EmptyExcluded && await PostgreSqlTarget.FindWithRowsAsync(session, [place], cancellation).ConfigureAwait(false) is not null)
            {
                throw Refused(DatabaseRestoreText.RowsNowhereElse($"{database}/{place}")); // D64
            }

            return new(options, before, snapshot, table, database, schema) { Exists = exists, MissingTablespaces = spaces, Notes = _notes };
        }
    }

    private void RequireRoles(PostgreSqlSnapshotTable table, IEnumerable<string> needed)
    {
        string[] missing = [.. needed.Where(r => !facts.Roles.Contains(r)).Order(StringComparer.Ordinal)];
        if (missing.Length > 0)
        {
            throw Refused($"table {table.Item.Name} needs roles that the target does not have: {string.Join(", ", missing)}; make them first");
        }
    }

    /// <summary>Whether something is in the place, and whether that may go.</summary>
    private async Task<bool> LookAsync(PsqlSession session, PostgreSqlTableName place, CancellationToken cancellation)
    {
        string relation = $"to_regclass({PostgreSqlText.Literal(place.ToString())})::oid";
        using JsonDocument json = await session.ReadJsonAsync(
            $"""
            SELECT json_build_object(
              'kind', (SELECT c.relkind FROM pg_class c WHERE c.oid = {relation}),
              'mine', (SELECT pg_has_role(c.relowner, 'MEMBER') FROM pg_class c WHERE c.oid = {relation}),
              'left', (SELECT count(*) FROM pg_namespace WHERE nspname = '{PostgreSqlTablePlan.Beside}'),
              'keys', (SELECT coalesce(json_agg(DISTINCT k.conrelid::regclass::text), '[]') FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid = {relation} AND k.conrelid <> k.confrelid),
              'relatives', (SELECT coalesce(json_agg(CASE WHEN i.inhrelid = {relation} THEN i.inhparent ELSE i.inhrelid END::regclass::text), '[]') FROM pg_inherits i
                WHERE i.inhparent = {relation} OR (i.inhrelid = {relation} AND (SELECT c.relispartition FROM pg_class c WHERE c.oid = i.inhrelid))),
              'views', (SELECT coalesce(json_agg(DISTINCT r.ev_class::regclass::text), '[]') FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
                WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = {relation} AND r.ev_class <> {relation}),
              'publications', (SELECT coalesce(json_agg(p.pubname), '[]') FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE r.prrelid = {relation}));
            """,
            cancellation).ConfigureAwait(false);
        JsonElement found = json.RootElement;
        if (found.GetProperty("left").GetInt64() > 0)
        {
            throw Refused($"the schema {PostgreSqlTablePlan.Beside} on the target is in the way, and no restore leaves one: rename or drop it");
        }

        if (found.GetProperty("kind").GetString() is not { } kind)
        {
            return false;
        }

        if (request.AsSchema is not null)
        {
            throw Refused($"there is a {place} on the target: drop it first, or name another schema");
        }

        string instead = "; or restore the table into another schema";
        if (kind != "r")
        {
            throw Refused($"{place} on the target is no plain table: drop it first{instead}");
        }

        if (!found.GetProperty("mine").GetBoolean())
        {
            throw Refused($"{facts.User} does not own {place} on the target, and so may not replace it{instead}");
        }

        if (First(found, "keys") is { } key)
        {
            throw Refused($"a foreign key of {key} names {place}, and would be left without its table: drop that key first{instead}");
        }

        if (First(found, "views") is { } view)
        {
            throw Refused($"the view {view} reads {place}, and would be left without it: drop that view first{instead}");
        }

        if (First(found, "relatives") is { } relative)
        {
            throw Refused($"{place} on the target is a part of {relative}, or {relative} is one of it: detach it first{instead}");
        }

        _notes.AddRange(found.GetProperty("publications").EnumerateArray().Select(p => $"publication {p.GetString()} loses the table: add the new one by ALTER PUBLICATION … ADD TABLE"));
        return true;
    }

    private static string? First(JsonElement found, string list) => found.GetProperty(list).EnumerateArray().Select(e => e.GetString()).FirstOrDefault();

    private static BackupException Refused(string what) => new(BackupErrorKind.Source, what);
}
