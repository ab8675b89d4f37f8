using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

/// <summary>One server for the tests that make databases of their own; started with the first of them.</summary>
public sealed class PostgreSqlFixture : IAsyncLifetime
{
    private PostgreSqlCluster? _cluster;

    internal PostgreSqlCluster Cluster => _cluster ?? throw new InvalidOperationException("not started");

    internal PostgreSqlOptions Options(params string[] databases) => Cluster.Options with { Databases = databases };

    /// <summary>A new database with what a script makes.</summary>
    internal async Task CreateAsync(string database, string script)
    {
        await Cluster.SqlAsync($"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
        await Cluster.SqlAsync($"CREATE DATABASE {database}");
        await Cluster.LoadTextAsync(script, database);
    }

    /// <summary>
    /// Tools of which pg_dump, when it has made its dump of the definitions, runs a script: then the tables are locked and none is read.
    /// </summary>
    internal PostgreSqlTools ToolsThatRun(string folder, string script)
    {
        string bin = Directory.CreateDirectory($"{folder}/tools-{Guid.NewGuid():N}/15/bin").FullName;
        foreach (string tool in new[] { "psql", "pg_dumpall", "pg_restore" })
        {
            File.CreateSymbolicLink($"{bin}/{tool}", $"{PostgreSqlCluster.Bin}/{tool}");
        }

        File.WriteAllText(
            $"{bin}/pg_dump",
            $"""
            #!/bin/sh
            sql() {"{"} {PostgreSqlCluster.Bin}/psql -XqAt -h {Cluster.Folder} -p {PostgreSqlCluster.Port} -U postgres "$@"; {"}"}
            {PostgreSqlCluster.Bin}/pg_dump "$@" || exit
            case "$*" in *--version*) exit;; esac
            exec >>{folder}/hook.log 2>&1
            {script}
            """);
        File.SetUnixFileMode($"{bin}/pg_dump", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new($"{folder}/{Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(bin)))}");
    }

    public async ValueTask InitializeAsync() => _cluster = await PostgreSqlCluster.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }
}
