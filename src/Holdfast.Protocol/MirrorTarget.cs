namespace Holdfast.Protocol;

/// <summary>Which database a mirror takes, and which it replaces.</summary>
/// <param name="Database">The one in the snapshot.</param>
/// <param name="Into">The one to replace.</param>
public sealed record MirrorTarget(string Database, string Into)
{
    /// <summary>The name of the source in the plan; null where it has one of the engine.</summary>
    public string? Source { get; init; }

    /// <summary>The server to load into; all null for the client's own default. PostgreSQL has the folder of the socket as host.</summary>
    public string? Socket { get; init; }

    public string? Host { get; init; }

    public int? Port { get; init; }

    public string? User { get; init; }

    public string? PasswordFile { get; init; }
}
