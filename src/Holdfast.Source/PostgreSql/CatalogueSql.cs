namespace Holdfast.Source;

/// <summary>The questions to the catalogue. Each returns one JSON value; search_path is empty.</summary>
internal static class CatalogueSql
{
    /// <summary>Whether a schema is the user's.</summary>
    private const string OwnSchema = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

    internal const string Server = """
        SELECT pg_catalog.json_build_object(
          'version', pg_catalog.current_setting('server_version_num')::int,
          'user', current_user,
          'superuser', (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user),
          'bootstrap', (SELECT rolname FROM pg_catalog.pg_roles WHERE oid = 10),
          'hashes', pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT'),
          'roles', (SELECT coalesce(pg_catalog.json_agg(rolname), '[]') FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'),
          'tablespaces', (SELECT coalesce(pg_catalog.json_agg(spcname), '[]') FROM pg_catalog.pg_tablespace WHERE spcname !~ '^pg_'),
          'settings', (SELECT coalesce(pg_catalog.json_agg(c ORDER BY c COLLATE "C"), '[]') FROM pg_catalog.pg_db_role_setting, pg_catalog.unnest(setconfig) c
                       WHERE setdatabase = 0 AND setrole = 0),
          'databases', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('name', datname, 'connectable', datallowconn) ORDER BY datname COLLATE "C"), '[]')
                        FROM pg_catalog.pg_database));
        """;

    internal const string Moment = """
        SELECT pg_catalog.json_build_object(
          'snapshot', pg_catalog.pg_export_snapshot(),
          'wal', CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END,
          'time', pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
          'encoding', (SELECT pg_catalog.pg_encoding_to_char(encoding) FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()),
          'comments', (SELECT count(*) FROM pg_catalog.pg_description d WHERE d.objoid >= 16384),
          'default_privileges', (SELECT count(*) FROM pg_catalog.pg_default_acl),
          'large_objects', (SELECT count(*) FROM pg_catalog.pg_largeobject_metadata),
          'hidden_mappings', (SELECT count(*) FROM pg_catalog.pg_user_mappings, pg_catalog.pg_roles
            WHERE umoptions IS NULL AND rolname OPERATOR(pg_catalog.=) current_user AND NOT rolsuper));
        """;

    /// <summary>Plain tables and partitioned ones that pg_dump would lock: those of extensions only where they hold the user's rows.</summary>
    private const string Ours = $"""
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN LATERAL (
          SELECT coalesce(e.extcondition[i], '') AS condition FROM pg_catalog.pg_extension e, pg_catalog.generate_subscripts(e.extconfig, 1) i
          WHERE e.extconfig[i] = c.oid LIMIT 1) x ON true
        WHERE {OwnSchema} AND c.relpersistence <> 't'
          AND (x.condition IS NOT NULL OR NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'))
        """;

    internal const string Locks = $"SELECT coalesce(pg_catalog.json_agg(pg_catalog.format('%I.%I', n.nspname, c.relname)), '[]') {Ours} AND c.relkind IN ('r', 'p');";

    /// <summary>
    /// How many tables got a new file after the snapshot and before the lock (TRUNCATE, most ALTER TABLE): pg_class is read as of the snapshot,
    /// pg_relation_filenode says what is now.
    /// </summary>
    internal const string Rewritten = """
        SELECT count(*) FROM pg_catalog.pg_class c
        WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND c.oid >= 16384 AND c.relfilenode <> 0
          AND pg_catalog.pg_relation_filenode(c.oid) IS DISTINCT FROM c.relfilenode;
        """;

    internal const string Tables = $"""
        SELECT coalesce(pg_catalog.json_agg(t), '[]') FROM (
          SELECT n.nspname AS schema, c.relname AS name, c.relpages::bigint * 8192 AS bytes, coalesce(x.condition, '') AS condition,
            (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
            k.columns AS key,
            (SELECT s.correlation FROM pg_catalog.pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = k.first AND NOT s.inherited) AS correlation
          FROM (SELECT c.oid, n.nspname, c.relname, c.relpages, x.condition {Ours} AND c.relkind = 'r') o
          JOIN pg_catalog.pg_class c ON c.oid = o.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          CROSS JOIN LATERAL (SELECT o.condition) x(condition)
          LEFT JOIN LATERAL (
            SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY u.place) AS columns,
              (pg_catalog.array_agg(a.attname ORDER BY u.place))[1] AS first
            FROM pg_catalog.pg_index i
            JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
            JOIN pg_catalog.pg_am m ON m.oid = ic.relam AND m.amname = 'btree'
            CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY u(number, place)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number
            WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND u.place <= i.indnkeyatts
            GROUP BY i.indexrelid, i.indisprimary, i.indnkeyatts, ic.relname
            HAVING pg_catalog.bool_and(a.attnotnull)
            ORDER BY i.indisprimary DESC, i.indnkeyatts, ic.relname LIMIT 1) k ON true) t;
        """;

    internal const string Sequences = $"SELECT coalesce(pg_catalog.json_agg(pg_catalog.format('%I.%I', n.nspname, c.relname) ORDER BY n.nspname, c.relname), '[]') {Ours} AND c.relkind = 'S';";

    /// <summary>
    /// What a dump's table of contents must have, one for one. Members of extensions come with those, and what belongs to another object
    /// (row types, a range's functions, the triggers behind a foreign key) with that.
    /// </summary>
    internal const string Objects = $"""
        SELECT coalesce(pg_catalog.json_agg(o ORDER BY o.kind, o.name), '[]') FROM (
          SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass::oid::bigint AS class, n.oid::bigint AS id, 'schema' AS kind, n.nspname::text AS name
          FROM pg_catalog.pg_namespace n WHERE {OwnSchema} AND n.nspname <> 'public'
          UNION ALL
          SELECT 1259, c.oid::bigint, CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized-view' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign-table' ELSE 'table' END,
            CASE WHEN n.nspname ~ '[."/]' THEN pg_catalog.quote_ident(n.nspname) ELSE n.nspname END || '.' || CASE WHEN c.relname ~ '[."/]' THEN pg_catalog.quote_ident(c.relname) ELSE c.relname END
          FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE {OwnSchema} AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't'
          UNION ALL
          SELECT 1255, p.oid::bigint, CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
            n.nspname || '.' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')'
          FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
          WHERE {OwnSchema} AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 1255 AND d.objid = p.oid AND d.deptype = 'i')
          UNION ALL
          SELECT 1247, t.oid::bigint, 'type', n.nspname || '.' || t.typname
          FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_catalog.pg_class r ON r.oid = t.typrelid
          WHERE {OwnSchema} AND t.typisdefined AND t.typtype IN ('b', 'c', 'd', 'e', 'r') AND (t.typrelid = 0 OR r.relkind = 'c')
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
          UNION ALL
          SELECT 2620, t.oid::bigint, 'trigger', n.nspname || '.' || c.relname || '.' || t.tgname
          FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE {OwnSchema} AND NOT t.tgisinternal
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 2620 AND d.objid = t.oid AND d.refclassid = 2620)
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 1259 AND d.objid = c.oid AND d.deptype = 'e')
          UNION ALL
          SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass::oid::bigint, p.oid::bigint, 'policy', n.nspname || '.' || c.relname || '.' || p.polname
          FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 1259 AND d.objid = c.oid AND d.deptype = 'e')
          UNION ALL
          SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass::oid::bigint, r.oid::bigint, 'rule', n.nspname || '.' || c.relname || '.' || r.rulename
          FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE {OwnSchema} AND r.rulename <> '_RETURN' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 1259 AND d.objid = c.oid AND d.deptype = 'e')
          UNION ALL SELECT 3079, oid::bigint, 'extension', extname FROM pg_catalog.pg_extension
          UNION ALL SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass::oid::bigint, oid::bigint, 'publication', pubname FROM pg_catalog.pg_publication
          UNION ALL SELECT 'pg_catalog.pg_subscription'::pg_catalog.regclass::oid::bigint, oid::bigint, 'subscription', subname FROM pg_catalog.pg_subscription
            WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
          UNION ALL SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass::oid::bigint, oid::bigint, 'event-trigger', evtname FROM pg_catalog.pg_event_trigger
          UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass::oid::bigint, oid::bigint, 'foreign-data-wrapper', fdwname FROM pg_catalog.pg_foreign_data_wrapper
          UNION ALL SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass::oid::bigint, oid::bigint, 'foreign-server', srvname FROM pg_catalog.pg_foreign_server
          UNION ALL SELECT 'pg_catalog.pg_language'::pg_catalog.regclass::oid::bigint, oid::bigint, 'language', lanname FROM pg_catalog.pg_language
          UNION ALL
          SELECT k.class, k.id, k.kind, n.nspname || '.' || k.name FROM (
            SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass::oid::bigint, oid::bigint, 'collation', collname::text, collnamespace FROM pg_catalog.pg_collation
            UNION ALL SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass::oid::bigint, oid::bigint, 'conversion', conname, connamespace FROM pg_catalog.pg_conversion
            UNION ALL SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass::oid::bigint, oid::bigint, 'operator', oprname, oprnamespace FROM pg_catalog.pg_operator WHERE oprcode <> 0
            UNION ALL SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass::oid::bigint, oid::bigint, 'text-search-configuration', cfgname, cfgnamespace FROM pg_catalog.pg_ts_config
            UNION ALL SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass::oid::bigint, oid::bigint, 'text-search-dictionary', dictname, dictnamespace FROM pg_catalog.pg_ts_dict
            UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass::oid::bigint, oid::bigint, 'statistics', stxname, stxnamespace FROM pg_catalog.pg_statistic_ext
          ) k(class, id, kind, name, namespace) JOIN pg_catalog.pg_namespace n ON n.oid = k.namespace WHERE {OwnSchema}
        ) o
        WHERE o.id >= 16384
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = o.class AND d.objid = o.id AND d.objsubid = 0 AND d.deptype = 'e');
        """;
}
