using System.Text.Json.Serialization;

namespace Holdfast.Repository;

/// <summary>The document <c>holdfast/parity.json</c>.</summary>
internal sealed record ParitySetting(
    [property: JsonPropertyName("version")] int Version,
    [property: JsonPropertyName("percent")] double Percent);
