namespace Holdfast.Source;

/// <summary>The questions behind <see cref="PostgreSqlServer"/>.</summary>
internal static class RightsSql
{
    internal const string Listing = """
        SELECT pg_catalog.json_build_object(
          'bytes', (SELECT coalesce(pg_catalog.sum(c.relpages::bigint * 8192), 0) FROM pg_catalog.pg_class c),
          'tables', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('name', n.nspname || '.' || c.relname, 'kind', 'table',
              'rows', CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END, 'bytes', pg_catalog.pg_table_size(c.oid))
              ORDER BY n.nspname, c.relname), '[]')
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'));
        """;

    /// <summary>How many things of each kind the user may not read.</summary>
    internal const string Rights = """
        WITH me AS (SELECT * FROM pg_catalog.pg_roles WHERE rolname = current_user)
        SELECT pg_catalog.json_build_object(
          'unread', (SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'S', 'm') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
              AND NOT (pg_catalog.has_schema_privilege(n.oid, 'USAGE')
                AND CASE c.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT') ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT') END)),
          'guarded', (SELECT count(*) FROM pg_catalog.pg_class c WHERE c.relrowsecurity AND c.relkind = 'r' AND pg_catalog.row_security_active(c.oid)),
          'large_objects', (SELECT count(*) FROM pg_catalog.pg_largeobject_metadata l, me
            WHERE NOT me.rolsuper AND pg_catalog.current_setting('lo_compat_privileges') = 'off'
              AND NOT pg_catalog.pg_has_role(l.lomowner, 'USAGE')
              AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(l.lomacl) a WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE')))),
          'subscriptions', (SELECT count(*) FROM pg_catalog.pg_subscription s, me
            WHERE NOT me.rolsuper AND s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())),
          'mappings', (SELECT count(*) FROM pg_catalog.pg_user_mappings m, me WHERE NOT me.rolsuper AND m.umoptions IS NULL));
        """;
}
