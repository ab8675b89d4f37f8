using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Backend;

namespace Holdfast.Plan;

/// <summary>The form of a note on disk.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(InventoryNote))]
internal sealed partial class InventoryJson : JsonSerializerContext
{
    internal static byte[] Write(InventoryNote note) => JsonSerializer.SerializeToUtf8Bytes(note, Default.InventoryNote);

    /// <exception cref="BackupException">Kind Corrupt or Unsupported.</exception>
    internal static InventoryNote Read(ReadOnlySpan<byte> json, string name)
    {
        try
        {
            InventoryNote note = JsonSerializer.Deserialize(json, Default.InventoryNote) ?? throw BackupException.Corrupt($"{name} is empty");
            note = note with { Replaces = note.Replaces ?? [], Paused = note.Paused ?? [], Mirrored = note.Mirrored ?? [] }; // what older notes do not have is null, whatever the property begins with
            return note.Version == 1 ? note : throw new BackupException(BackupErrorKind.Unsupported, $"{name} has the form {note.Version}, which this version does not know");
        }
        catch (JsonException e)
        {
            throw BackupException.Corrupt($"{name} is damaged: {e.Message}", e);
        }
    }
}
