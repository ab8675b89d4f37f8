using Holdfast.Fixtures;

namespace Holdfast.Cli.Tests.Harness;

/// <summary>A MariaDB server for tests of the program, which take turns.</summary>
public sealed class DatabaseServer : IAsyncLifetime
{
    private MariaDb? _server;

    internal MariaDb Server => _server!;

    public async ValueTask InitializeAsync() => _server = await MariaDb.StartAsync(hasBinaryLog: false);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

[CollectionDefinition(nameof(DatabaseServer))]
public sealed class DatabaseServerGroup : ICollectionFixture<DatabaseServer>;
