namespace Holdfast.Protocol;

/// <summary>A PostgreSQL cluster.</summary>
public sealed record PostgreSqlEntry : SourceEntry
{
    /// <summary>Tells several clusters of one plan apart; null where there is one.</summary>
    public string? Name { get; init; }

    /// <summary>The folder of its socket, or a host name or address; null for the client's own default.</summary>
    public string? Host { get; init; }

    public int? Port { get; init; }

    /// <summary>Null for the name of the user who runs this.</summary>
    public string? User { get; init; }

    public string? PasswordFile { get; init; }

    /// <summary>Empty for all.</summary>
    public IReadOnlyList<string> Databases { get; init; } = [];

    /// <summary><c>DATABASE</c>, or <c>DATABASE/TABLE</c>, of which the structure stays.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Databases that mirrors make, which are left out as well; found out at each run, and no part of the file.</summary>
    public IReadOnlyList<string> Mirrored { get; init; } = [];
}
