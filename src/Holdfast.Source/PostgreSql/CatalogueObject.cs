namespace Holdfast.Source;

/// <summary>Something that a database has, as its catalogue lists it.</summary>
/// <param name="Class">The catalogue table that it is in, by number.</param>
/// <param name="Id">Its number there; with <paramref name="Class"/>, what the table of contents of a dump calls it.</param>
/// <param name="Kind">The manifest's word: <c>view</c>, <c>event-trigger</c>.</param>
internal sealed record CatalogueObject(uint Class, uint Id, string Kind, string Name);
