using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>How a database server is reached. Equal ones are the same server; others may be.</summary>
/// <param name="Socket">A path; null for a host, or for the client's own default.</param>
/// <param name="Host">Null for a socket.</param>
internal sealed record ServerAddress(string Engine, string? Socket, string? Host, int Port)
{
    /// <exception cref="ArgumentOutOfRangeException">The entry is no database server.</exception>
    internal static ServerAddress Of(SourceEntry entry) => entry switch
    {
        MySqlEntry m => new("mysql", m.Socket, m.Host?.ToLowerInvariant(), m.Port ?? 3306),
        PostgreSqlEntry { Host: null or ['/', ..] } p => new("postgresql", p.Host, null, p.Port ?? 5432),
        PostgreSqlEntry p => new("postgresql", null, p.Host?.ToLowerInvariant(), p.Port ?? 5432),
        _ => throw new ArgumentOutOfRangeException(nameof(entry), entry, "is no database server"),
    };

    /// <summary>Whether both may lead to one server, as far as can be seen without asking it.</summary>
    internal bool MayBe(ServerAddress other) =>
        Engine == other.Engine
        && (Host is not null && other.Host is not null ? Port == other.Port && (Host == other.Host || (IsHere && other.IsHere))
            : Socket is not null && other.Socket is not null ? this == other
            : IsHere && other.IsHere);

    private bool IsHere => Host is null or "localhost" or "::1" || Host.StartsWith("127.", StringComparison.Ordinal)
        || string.Equals(Host, Environment.MachineName, StringComparison.OrdinalIgnoreCase);
}
