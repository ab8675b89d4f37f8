namespace Holdfast.Source;

/// <summary>A PostgreSQL server to capture, and what of it.</summary>
public sealed record PostgreSqlOptions
{
    /// <summary>The folder of the server's socket, or a host name; the default is Debian's folder.</summary>
    public string Host { get; init; } = "/var/run/postgresql";

    /// <summary>Default 5432. It is part of the socket's name, too.</summary>
    public int Port { get; init; } = 5432;

    /// <summary>The role to log in as; null for the name of the user that this runs as.</summary>
    public string? User { get; init; }

    /// <summary>A file whose first line is the password, which only its owner may read; null where the server asks for none, or <c>~/.pgpass</c> has it.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The databases to capture; empty for all that can be connected to.</summary>
    public IReadOnlyList<string> Databases { get; init; } = [];

    /// <summary>What to leave out: <c>DATABASE</c>, or <c>DATABASE/SCHEMA.TABLE</c>, whose definition stays and whose rows go.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Databases that others make, left out as well whether they are there or not.</summary>
    public IReadOnlyList<string> Mirrored { get; init; } = [];

    /// <summary>Tells several servers of one snapshot apart: a folder of its own. Null where there is one server.</summary>
    public string? Name { get; init; }
}
