using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

internal static class PostgreSqlClusterOptions
{
    extension(PostgreSqlCluster cluster)
    {
        internal PostgreSqlOptions Options => new() { Host = cluster.Folder, Port = PostgreSqlCluster.Port, User = "postgres" };
    }
}
