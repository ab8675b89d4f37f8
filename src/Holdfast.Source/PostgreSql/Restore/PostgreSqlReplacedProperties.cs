using System.Text.Json;

namespace Holdfast.Source;

/// <summary>What is not in a database but of it: owner, rights, settings, comment. For one that gets the rows of another and stays what it is, such as testers' own.</summary>
internal static class PostgreSqlReplacedProperties
{
    /// <summary>
    /// Rights are granted by the owner, whoever granted them before. Settings that are lists of names are stored with quotation marks for
    /// names, and are set with such for texts.
    /// </summary>
    private const string Sql = """"
        WITH d AS (SELECT *, pg_get_userbyid(datdba) AS owner, format('DATABASE %I', datname) AS it FROM pg_database WHERE datname = {0})
        SELECT coalesce(json_agg(sql ORDER BY place, number), '[]') FROM (
          SELECT 1 AS place, 0 AS number, format('ALTER %s OWNER TO %I', it, owner) AS sql FROM d
          UNION ALL SELECT 2, 0, format('REVOKE ALL ON %s FROM PUBLIC, %I', it, owner) FROM d WHERE datacl IS NOT NULL
          UNION ALL SELECT 3, 0, format('GRANT %s ON %s TO %s%s', a.privilege_type, it,
              CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE format('%I', pg_get_userbyid(a.grantee)) END, CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END)
            FROM d, aclexplode(datacl) a
          UNION ALL SELECT 4, 0, format('ALTER %s CONNECTION LIMIT %s IS_TEMPLATE %s', it, datconnlimit, datistemplate::text) FROM d
          UNION ALL SELECT 4, 0, format('COMMENT ON %s IS %L', it, c.description) FROM d JOIN pg_shdescription c ON c.objoid = d.oid AND c.classoid = 'pg_database'::regclass
          UNION ALL SELECT 5, c.number, format('ALTER %s SET %I TO %s', CASE s.setrole WHEN 0 THEN it ELSE format('ROLE %I IN %s', pg_get_userbyid(s.setrole), it) END, v.name,
              CASE WHEN lower(v.name) IN ('local_preload_libraries', 'search_path', 'session_preload_libraries', 'shared_preload_libraries', 'temp_tablespaces', 'unix_socket_directories')
                THEN coalesce((SELECT string_agg(quote_literal(CASE WHEN m[1] LIKE '"%' THEN replace(substr(m[1], 2, length(m[1]) - 2), '""', '"') ELSE m[1] END), ', ' ORDER BY place)
                  FROM regexp_matches(v.value, '("(?:[^"]|"")*"|[^",\s]+)', 'g') WITH ORDINALITY r(m, place)), '''''')
                ELSE quote_literal(v.value) END)
            FROM d JOIN pg_db_role_setting s ON s.setdatabase = d.oid, unnest(s.setconfig) WITH ORDINALITY c(setting, number),
              LATERAL (SELECT left(c.setting, strpos(c.setting, '=') - 1) AS name, substr(c.setting, strpos(c.setting, '=') + 1) AS value) v) p;
        """";

    /// <returns>The statements that make them; none where there is no such database.</returns>
    internal static async Task<IReadOnlyList<string>> ReadAsync(PsqlSession session, string database, CancellationToken cancellation)
    {
        using JsonDocument list = await session.ReadJsonAsync(Sql.Replace("{0}", PostgreSqlText.Literal(database), StringComparison.Ordinal), cancellation).ConfigureAwait(false);
        return [.. list.RootElement.EnumerateArray().Select(e => e.GetString() ?? string.Empty)];
    }
}
