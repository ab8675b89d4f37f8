namespace Holdfast.Source;

/// <summary>A table of which rows are captured. SQL texts are quoted and ready to be used.</summary>
internal sealed record CatalogueTable(string Schema, string Name)
{
    /// <summary>An estimate, to take the large ones first.</summary>
    public required long Bytes { get; init; }

    /// <summary>The columns that are not generated, with commas; empty where there are none.</summary>
    public required string Columns { get; init; }

    /// <summary>The columns of a key, with commas; empty where there is none.</summary>
    public required string Key { get; init; }

    /// <summary>How well the key's order is that of the rows on disk: 1 or -1 for equal, 0 for not at all; null where the server does not know.</summary>
    public required double? Correlation { get; init; }

    /// <summary>For tables of extensions: <c>WHERE …</c> for what the extension did not bring itself.</summary>
    public required string Condition { get; init; }

    /// <summary>Whether the options leave its rows out.</summary>
    public bool Excluded { get; init; }

    /// <summary>What the options and the manifest call it: quoted only where its parts would be mistaken.</summary>
    public string ShownName => $"{Shown(Schema)}.{Shown(Name)}";

    public string QualifiedName => $"{PostgreSqlText.Identifier(Schema)}.{PostgreSqlText.Identifier(Name)}";

    private static string Shown(string name) => name.AsSpan().ContainsAny(".\"/") ? PostgreSqlText.Identifier(name) : name;
}
