using System.Text.Json;

namespace Holdfast.Source;

/// <summary>What an archive begins with: of which versions it is, and all that is to come.</summary>
internal sealed record MongoArchivePrelude(string? ServerVersion, string? ToolVersion)
{
    /// <param name="take">Given each definition as it comes: there may be many, and each may be long.</param>
    /// <exception cref="InvalidDataException">It is no archive, or damaged.</exception>
    internal static async Task<MongoArchivePrelude> ReadAsync(MongoArchiveReader reader, Func<MongoDefinition, Task> take, CancellationToken cancellation)
    {
        await reader.RequireMagicAsync(cancellation).ConfigureAwait(false);
        BsonFields header = await reader.ReadOwnAsync(await NextAsync().ConfigureAwait(false) ?? throw new InvalidDataException("it has no header"), cancellation).ConfigureAwait(false);
        if (header.Text("version") != "0.1")
        {
            throw new InvalidDataException($"it has the form {header.Text("version")}, which this version does not know");
        }

        while (await NextAsync().ConfigureAwait(false) is { } length)
        {
            await take(Read(await reader.ReadOwnAsync(length, cancellation).ConfigureAwait(false))).ConfigureAwait(false);
        }

        return new(header.FindText("server_version"), header.FindText("tool_version"));

        async ValueTask<int?> NextAsync() => await reader.NextAsync(cancellation).ConfigureAwait(false) is var next and not 0 ? next : throw new InvalidDataException("it ends in the middle");
    }

    private static MongoDefinition Read(BsonFields fields)
    {
        string metadata = fields.FindText("metadata") ?? string.Empty;
        string kind = metadata.Length > 0 && IsView(metadata) ? "view" : fields.FindText("type") is { Length: > 0 } type ? type : "collection";
        return new(fields.Text("db"), fields.Text("collection"), kind, metadata);
    }

    private static bool IsView(string metadata)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(metadata);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("options", out JsonElement options)
                && options.ValueKind == JsonValueKind.Object && options.TryGetProperty("viewOn", out _);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"a definition in it is no JSON: {e.Message}", e);
        }
    }
}
