using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.Archiver;

/// <summary>The manifest's form on disk: snake_case, indented for people, what is not known left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Manifest))]
internal sealed partial class ManifestJson : JsonSerializerContext
{
    internal static byte[] Write(Manifest manifest) => JsonSerializer.SerializeToUtf8Bytes(manifest, Default.Manifest);

    /// <exception cref="JsonException"/>
    internal static Manifest Read(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, Default.Manifest) ?? throw new JsonException("null");
}
