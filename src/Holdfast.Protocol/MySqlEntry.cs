namespace Holdfast.Protocol;

/// <summary>A MySQL or MariaDB server.</summary>
public sealed record MySqlEntry : SourceEntry
{
    /// <summary>Tells several servers of one plan apart; null where there is one.</summary>
    public string? Name { get; init; }

    /// <summary>The path of its socket; null for the client's own default, or where there is a host.</summary>
    public string? Socket { get; init; }

    /// <summary>A host name or address; null for the socket.</summary>
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
