using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.Repository;

internal sealed class TreeIdConverter : JsonConverter<TreeId>
{
    public override TreeId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(HashJson.Read(ref reader));

    public override void Write(Utf8JsonWriter writer, TreeId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

internal sealed class SnapshotIdConverter : JsonConverter<SnapshotId>
{
    public override SnapshotId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(HashJson.Read(ref reader));

    public override void Write(Utf8JsonWriter writer, SnapshotId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

/// <summary>A hash as a JSON string.</summary>
internal static class HashJson
{
    internal static Hash256 Read(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String && Hash256.TryParse(reader.GetString(), out Hash256 hash)
            ? hash
            : throw new JsonException("an id is not a SHA-256 in hexadecimal digits");
}
