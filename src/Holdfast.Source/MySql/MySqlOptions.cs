namespace Holdfast.Source;

/// <summary>Which MySQL or MariaDB server to capture, as whom, and what of it.</summary>
public sealed record MySqlOptions
{
    /// <summary>Tells several servers of one plan apart; one component of a path. Null where there is one.</summary>
    public string? Name { get; init; }

    /// <summary>The server's socket; null for <see cref="Host"/>, or with neither the client's own default.</summary>
    public string? Socket { get; init; }

    /// <summary>The server's host, reached by TCP; null for a socket.</summary>
    public string? Host { get; init; }

    /// <summary>The port at <see cref="Host"/>; null for 3306.</summary>
    public int? Port { get; init; }

    /// <summary>The account; null for that of the operating system's user.</summary>
    public string? User { get; init; }

    /// <summary>A file whose first line is the password, readable by nobody but its owner; null for none.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The databases to capture; empty for all but the server's own.</summary>
    public IReadOnlyList<string> Databases { get; init; } = [];

    /// <summary>
    /// What to leave out: <c>DB</c> as a whole, or <c>DB/TABLE</c>, of which the structure stays. A slash or percent sign in a name is
    /// written <c>%2F</c>, <c>%25</c>.
    /// </summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Databases that others make, left out as well whether they are there or not.</summary>
    public IReadOnlyList<string> Mirrored { get; init; } = [];

    /// <summary>
    /// Whether accounts and their grants are captured; default true. An application's own account may seldom see those of others, and
    /// without it sees of routines those that it may run.
    /// </summary>
    public bool Accounts { get; init; } = true;

    /// <summary>The dump tool to run; null for <c>mariadb-dump</c> or <c>mysqldump</c>, whichever is there.</summary>
    public string? DumpProgram { get; init; }

    /// <summary>What messages call the server.</summary>
    internal string ServerName => $"mysql {Name ?? Where}";

    internal string Where => Socket ?? (Host is null ? "localhost" : $"{Host}:{Port ?? 3306}");

    internal void Validate()
    {
        if (Socket is not null && Host is not null)
        {
            throw new ArgumentException("A server is reached by its socket or its host: give one of them.");
        }

        if (Port is <= 0 or > 65535 || (Port is not null && Host is null))
        {
            throw new ArgumentException("A port is a number from 1 to 65535, and goes with a host.");
        }

        if (Name is not null && (Name.Length == 0 || MySqlName.Encode(Name) != Name))
        {
            throw new ArgumentException("The name of a server is one component of a path.");
        }

        if (Databases.FirstOrDefault(MySqlName.IsSystem) is { } system)
        {
            throw new ArgumentException($"{system} is the server's own; accounts are captured with every run.");
        }
    }
}
