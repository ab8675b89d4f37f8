using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>A database that an application names in its configuration.</summary>
/// <param name="Entry">As a plan would have it, without a password file.</param>
/// <param name="Password">As the configuration has it; null for none.</param>
internal sealed record AppDatabase(SourceEntry Entry, string? Password)
{
    /// <summary>For the record's own text, which must not have the password.</summary>
    public override string ToString() => Listing.ToString();

    internal AppDatabaseListing Listing => Entry switch
    {
        MySqlEntry m => new("mysql", m.Databases[0], m.Socket ?? (m.Host is null ? "localhost" : At(m.Host, m.Port)), m.User),
        PostgreSqlEntry p => new("postgresql", p.Databases[0], p.Host is null ? "localhost" : At(p.Host, p.Port), p.User),
        _ => throw new InvalidOperationException(Entry.ToString()),
    };

    private static string At(string host, int? port) => port is null ? host : $"{host}:{port}";
}
