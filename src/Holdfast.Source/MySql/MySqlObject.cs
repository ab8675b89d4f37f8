namespace Holdfast.Source;

/// <summary>Something that a server has. An account has no database, a database no name below it.</summary>
internal readonly record struct MySqlObject(MySqlKind Kind, string Database, string Name)
{
    /// <summary>As the manifest and messages have it.</summary>
    internal string Path => (Database, Name) switch
    {
        ("", _) => Name,
        (_, "") => MySqlName.Encode(Database),
        _ => $"{MySqlName.Encode(Database)}/{MySqlName.Encode(Name)}",
    };

    public override string ToString() => $"{Kind.Word()} {Path}";
}
