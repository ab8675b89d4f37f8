namespace Holdfast.Source;

/// <summary>A collection that an archive announces.</summary>
/// <param name="Database">Empty for what belongs to none, the oplog.</param>
/// <param name="Kind"><c>collection</c>, <c>view</c> or <c>timeseries</c>.</param>
/// <param name="Metadata">Options and indexes, as JSON; empty for none.</param>
internal sealed record MongoDefinition(string Database, string Collection, string Kind, string Metadata)
{
    /// <summary>Whether it belongs to the server itself.</summary>
    internal bool IsOfServer => Database is "" or "admin" or "config" or "local";
}
