namespace Holdfast.Protocol;

/// <summary>A MongoDB server or replica set.</summary>
public sealed record MongoDbEntry : SourceEntry
{
    /// <summary>Tells several servers of one plan apart; null where there is one.</summary>
    public string? Name { get; init; }

    /// <summary>A host name or address; null for localhost.</summary>
    public string? Host { get; init; }

    public int? Port { get; init; }

    public string? User { get; init; }

    /// <summary>The database that knows the user; null for mongodump's default.</summary>
    public string? AuthenticationDatabase { get; init; }

    public string? PasswordFile { get; init; }

    /// <summary>A file with a connection string, in place of host, port, user and password.</summary>
    public string? UriFile { get; init; }

    /// <summary>Capture what is written meanwhile, too; for replica sets.</summary>
    public bool Oplog { get; init; }

    /// <summary>Whether an account that is shown no users of the server is refused; false for hosts that show them to nobody.</summary>
    public bool Users { get; init; } = true;
}
