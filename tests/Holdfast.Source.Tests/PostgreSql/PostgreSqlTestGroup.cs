namespace Holdfast.Source.Tests;

[CollectionDefinition("postgresql")]
public sealed class PostgreSqlTestGroup : ICollectionFixture<PostgreSqlFixture>;
