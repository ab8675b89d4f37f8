namespace Holdfast.Source.Tests;

[CollectionDefinition(nameof(MySqlCollection))]
public sealed class MySqlCollection : ICollectionFixture<MySqlServers>;
