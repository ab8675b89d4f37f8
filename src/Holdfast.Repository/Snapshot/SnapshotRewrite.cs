using System.Buffers;
using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Changes the tags and marks of a stored snapshot. All its other members stay as they are, byte for byte.</summary>
internal static class SnapshotRewrite
{
    private static readonly string[] Written = ["tags", "original", "holdfast"];

    /// <summary>The document of a snapshot with the tags, original and marks of another.</summary>
    internal static byte[] Edit(ReadOnlyMemory<byte> document, Snapshot changed)
    {
        using JsonDocument old = JsonDocument.Parse(document);
        var text = new ArrayBufferWriter<byte>(document.Length + 256);
        using (var writer = new Utf8JsonWriter(text))
        {
            writer.WriteStartObject();
            foreach (JsonProperty member in old.RootElement.EnumerateObject().Where(m => !Written.Contains(m.Name)))
            {
                // Raw: the writer's own escapes are JSON, but Go takes no time with an escaped + in it.
                writer.WritePropertyName(member.Name);
                writer.WriteRawValue(member.Value.GetRawText());
            }

            if (changed.Tags is { Length: > 0 } tags)
            {
                writer.WriteStartArray("tags");
                Array.ForEach(tags, writer.WriteStringValue);
                writer.WriteEndArray();
            }

            if (changed.Original is { } original)
            {
                writer.WriteString("original", original.ToString());
            }

            if (changed.Marks is { } marks)
            {
                writer.WritePropertyName("holdfast");
                JsonSerializer.Serialize(writer, marks, RepositoryJson.Default.SnapshotMarks);
            }

            writer.WriteEndObject();
        }

        return text.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Those whose successor is stored already: a run was stopped between saving the one and removing the other (D12).
    /// </summary>
    internal static IEnumerable<StoredSnapshot> Replaced(IReadOnlyList<StoredSnapshot> all)
    {
        ILookup<SnapshotId?, Snapshot> successors = all.ToLookup(s => s.Snapshot.Marks?.Replaces, s => s.Snapshot);
        return all.Where(old => successors[old.Id].Any(s => s.Tree == old.Snapshot.Tree && s.Time == old.Snapshot.Time));
    }

    internal static BackendFile File(SnapshotId id) => new(FileType.Snapshot, id.ToString());
}
