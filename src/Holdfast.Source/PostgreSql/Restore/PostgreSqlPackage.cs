namespace Holdfast.Source;

/// <summary>Debian's packages of extensions.</summary>
internal static class PostgreSqlPackage
{
    private static readonly Dictionary<string, string> s_names = new(StringComparer.Ordinal)
    {
        ["postgis"] = "postgis-3", ["postgis_raster"] = "postgis-3", ["postgis_topology"] = "postgis-3", ["vector"] = "pgvector", ["pg_cron"] = "cron", ["pgaudit"] = "pgaudit",
        ["pg_partman"] = "partman", ["pg_repack"] = "repack", ["hypopg"] = "hypopg", ["orafce"] = "orafce",
        ["age"] = "age", ["pgrouting"] = "pgrouting", ["ip4r"] = "ip4r", ["hll"] = "hll", ["semver"] = "semver", ["rum"] = "rum", ["timescaledb"] = "timescaledb",
    };

    private static readonly HashSet<string> s_own =
    [
        "adminpack", "amcheck", "bloom", "btree_gin", "btree_gist", "citext", "cube", "dblink", "dict_int", "earthdistance", "file_fdw", "fuzzystrmatch", "hstore", "intarray", "isn", "lo", "ltree",
        "pageinspect", "pg_buffercache", "pg_freespacemap", "pg_prewarm", "pg_stat_statements", "pg_trgm", "pg_visibility", "pg_walinspect", "pgcrypto", "pgrowlocks", "pgstattuple", "postgres_fdw",
        "seg", "sslinfo", "tablefunc", "tcn", "tsm_system_rows", "tsm_system_time", "unaccent", "uuid-ossp", "xml2",
    ];

    /// <summary>What brings an extension to a server of this version, in words.</summary>
    internal static string Of(string extension, int major) =>
        s_names.TryGetValue(extension, out string? name) ? $"install postgresql-{major}-{name}"
        : extension.StartsWith("plpython3", StringComparison.Ordinal) ? $"install postgresql-plpython3-{major}"
        : extension.StartsWith("plperl", StringComparison.Ordinal) ? $"install postgresql-plperl-{major}"
        : s_own.Contains(extension) ? $"install postgresql-contrib or, on Debian, postgresql-{major}"
        : "install the package that brings it";
}
