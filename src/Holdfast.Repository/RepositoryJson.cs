using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>The small JSON documents of the format, written and read by generated code.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ConfigDocument))]
[JsonSerializable(typeof(KeyDocument))]
[JsonSerializable(typeof(MasterKeyDocument))]
[JsonSerializable(typeof(LockDocument))]
[JsonSerializable(typeof(Snapshot))]
[JsonSerializable(typeof(SnapshotMarks))]
[JsonSerializable(typeof(ParitySetting))]
internal sealed partial class RepositoryJson : JsonSerializerContext
{
    /// <summary>Reads a document, with the damage named by <paramref name="name"/>.</summary>
    /// <exception cref="BackupException">Kind Corrupt.</exception>
    internal static T Read<T>(ReadOnlySpan<byte> json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, string name)
        where T : class
    {
        if (json.IsEmpty)
        {
            throw BackupException.Corrupt($"{name} is empty");
        }

        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw BackupException.Corrupt($"{name} is empty");
        }
        catch (JsonException e)
        {
            throw BackupException.Corrupt($"{name} is damaged: {e.Message}", e);
        }
    }
}

internal sealed record ConfigDocument(
    [property: JsonPropertyName("version")] int Version,
    [property: JsonPropertyName("id")] string? Id,
    [property: JsonPropertyName("chunker_polynomial")] string? ChunkerPolynomial);

internal sealed record KeyDocument(
    [property: JsonPropertyName("created")] DateTimeOffset Created,
    [property: JsonPropertyName("username")] string? Username,
    [property: JsonPropertyName("hostname")] string? Hostname,
    [property: JsonPropertyName("kdf")] string? Kdf,
    [property: JsonPropertyName("N")] long N,
    [property: JsonPropertyName("r")] int R,
    [property: JsonPropertyName("p")] int P,
    [property: JsonPropertyName("salt")] byte[]? Salt,
    [property: JsonPropertyName("data")] byte[]? Data);

internal sealed record MasterKeyDocument(
    [property: JsonPropertyName("mac")] MacKeyDocument? Mac,
    [property: JsonPropertyName("encrypt")] byte[]? Encrypt);

internal sealed record MacKeyDocument(
    [property: JsonPropertyName("k")] byte[]? K,
    [property: JsonPropertyName("r")] byte[]? R);

internal sealed record LockDocument(
    [property: JsonPropertyName("time")] DateTimeOffset Time,
    [property: JsonPropertyName("exclusive")] bool Exclusive,
    [property: JsonPropertyName("hostname")] string? Hostname,
    [property: JsonPropertyName("username")] string? Username,
    [property: JsonPropertyName("pid")] int Pid,
    [property: JsonPropertyName("uid")] uint Uid,
    [property: JsonPropertyName("gid")] uint Gid,
    [property: JsonPropertyName("process_space")] string? ProcessSpace = null);
