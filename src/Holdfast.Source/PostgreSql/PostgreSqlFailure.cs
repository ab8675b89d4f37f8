using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>A failure with the server's name and, where what was said has a known remedy, that.</summary>
internal static class PostgreSqlFailure
{
    private static readonly (string Said, string Remedy)[] s_remedies =
    [
        ("permission denied", "docs/guide/postgresql.md lists the rights that are needed"),
        ("row-level security", "docs/guide/postgresql.md lists the rights that are needed"),
        ("Peer authentication failed", "over the socket the server lets a user of this machine in as the role of the same name: docs/guide/postgresql.md, \"Logging in\", has what to do"),
        ("role \"root\" does not exist", "give a role of the server by user: docs/guide/postgresql.md, \"Logging in\", has what root may log in as"),
        ("lock timeout", "something else holds its table for itself, or waits for it: let that end, then try again"),
    ];

    internal static BackupException Of(string server, string said)
    {
        string? remedy = s_remedies.FirstOrDefault(r => said.Contains(r.Said, StringComparison.Ordinal)).Remedy;
        return new(BackupErrorKind.Source, remedy is null ? $"{server}: {said}" : $"{server}: {said}; {remedy}");
    }
}
