namespace Holdfast.Source;

/// <summary>A MongoDB server or replica set, and how to reach it.</summary>
public sealed record MongoDbOptions
{
    /// <summary>A host name or address; null for mongodump's default, localhost.</summary>
    public string? Host { get; init; }

    public int? Port { get; init; }

    public string? User { get; init; }

    /// <summary>The database that knows the user; null for mongodump's default.</summary>
    public string? AuthenticationDatabase { get; init; }

    /// <summary>A file whose first line is the password, readable by its owner only.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>A file whose first line is a connection string, in place of all above; readable by its owner only.</summary>
    public string? UriFile { get; init; }

    /// <summary>Whether what is written meanwhile is captured, too, so that a restore is of one moment: for replica sets.</summary>
    public bool Oplog { get; init; }

    /// <summary>
    /// Whether the users of the server must come, too. An account without the role of a backup is shown what it may read, and no word of
    /// the rest; that it is not shown the users is the only sign. False for hosts that show them to nobody.
    /// </summary>
    public bool Users { get; init; } = true;

    /// <summary>Tells several servers of one plan apart; null where there is one.</summary>
    public string? Name { get; init; }

    /// <summary>The dump tool.</summary>
    public string DumpProgram { get; init; } = "mongodump";
}
