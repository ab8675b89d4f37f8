using System.Text;
using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>
/// How far a restore is: the comment of a database that is there for as long as it takes. docs/format.md, "On a server". A comment
/// is written in the same transaction as what it tells of.
/// </summary>
internal sealed record PostgreSqlRestoreNotes
{
    /// <summary>The database that has the comment, and the lock that keeps restores apart.</summary>
    internal const string Database = "__holdfast_restore";

    /// <summary>The databases under restore, by their names on the server.</summary>
    public IReadOnlyList<string> Databases { get; init; } = [];

    /// <summary>Those of them that were closed to connections, and were open.</summary>
    public IReadOnlyList<string> Closed { get; init; } = [];

    /// <summary>Roles that were made.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>Whether the new ones are in their places: what is beside them may go.</summary>
    public bool IsDone { get; init; }

    /// <summary>The statement that writes them down.</summary>
    internal string Write()
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            WriteList(writer, "databases", Databases);
            WriteList(writer, "closed", Closed);
            WriteList(writer, "roles", Roles);
            writer.WriteBoolean("done", IsDone);
            writer.WriteEndObject();
        }

        return $"COMMENT ON DATABASE {Database} IS {PostgreSqlText.Literal(Encoding.UTF8.GetString(json.ToArray()))};";
    }

    internal static string Clear() => $"COMMENT ON DATABASE {Database} IS NULL;";

    /// <summary>What the server has; null where nothing is under way.</summary>
    internal static async Task<PostgreSqlRestoreNotes?> ReadAsync(PsqlSession session, CancellationToken cancellation)
    {
        using JsonDocument found = await session.ReadJsonAsync(
            $"SELECT to_json(coalesce((SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database WHERE datname = '{Database}'), ''));", cancellation).ConfigureAwait(false);
        string text = found.RootElement.GetString() ?? string.Empty;
        if (text.Length == 0)
        {
            return null;
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            JsonElement notes = json.RootElement;
            return new() { Databases = ReadList(notes, "databases"), Closed = ReadList(notes, "closed"), Roles = ReadList(notes, "roles"), IsDone = notes.GetProperty("done").GetBoolean() };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new BackupException(BackupErrorKind.Source, $"the database {Database} on the server is in the way, and no restore made it: rename or drop it", e);
        }
    }

    private static void WriteList(Utf8JsonWriter writer, string name, IReadOnlyList<string> list)
    {
        writer.WriteStartArray(name);
        foreach (string text in list)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    private static IReadOnlyList<string> ReadList(JsonElement notes, string name) => [.. notes.GetProperty(name).EnumerateArray().Select(e => e.GetString() ?? string.Empty)];
}
