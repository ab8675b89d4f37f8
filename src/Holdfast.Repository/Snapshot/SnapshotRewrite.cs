using System.Buffers;
using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Changes a few members of a stored snapshot. All others stay as they are, byte for byte.</summary>
internal static class SnapshotRewrite
{
    /// <summary>The document of a snapshot with the tags, original and marks of another.</summary>
    internal static byte[] Edit(ReadOnlyMemory<byte> document, Snapshot changed) => Edit(document, ["tags", "original", "holdfast"], writer =>
    {
        WriteTags(writer, changed);
        WriteOriginal(writer, changed.Original);
        if (changed.Marks is { } marks)
        {
            writer.WritePropertyName("holdfast");
            JsonSerializer.Serialize(writer, marks, RepositoryJson.Default.SnapshotMarks);
        }
    });

    /// <summary>The document as it stands in a copy: with what it was first known as, and without a parent, which means nothing there.</summary>
    internal static byte[] Copy(ReadOnlyMemory<byte> document, SnapshotId original) =>
        Edit(document, ["parent", "original"], writer => WriteOriginal(writer, original));

    /// <summary>
    /// Those whose successor is stored already: a run was stopped between saving the one and removing the other (D12).
    /// </summary>
    internal static IEnumerable<StoredSnapshot> Replaced(IReadOnlyList<StoredSnapshot> all)
    {
        ILookup<SnapshotId?, Snapshot> successors = all.ToLookup(s => s.Snapshot.Marks?.Replaces, s => s.Snapshot);
        return all.Where(old => successors[old.Id].Any(s => s.Tree == old.Snapshot.Tree && s.Time == old.Snapshot.Time));
    }

    internal static BackendFile File(SnapshotId id) => new(FileType.Snapshot, id.ToString());

    private static byte[] Edit(ReadOnlyMemory<byte> document, string[] written, Action<Utf8JsonWriter> write)
    {
        using JsonDocument old = JsonDocument.Parse(document);
        var text = new ArrayBufferWriter<byte>(document.Length + 256);
        using (var writer = new Utf8JsonWriter(text))
        {
            writer.WriteStartObject();
            foreach (JsonProperty member in old.RootElement.EnumerateObject().Where(m => !written.Contains(m.Name)))
            {
                // Raw: the writer's own escapes are JSON, but Go takes no time with an escaped + in it.
                writer.WritePropertyName(member.Name);
                writer.WriteRawValue(member.Value.GetRawText());
            }

            write(writer);
            writer.WriteEndObject();
        }

        return text.WrittenSpan.ToArray();
    }

    private static void WriteTags(Utf8JsonWriter writer, Snapshot snapshot)
    {
        if (snapshot.Tags is { Length: > 0 } tags)
        {
            writer.WriteStartArray("tags");
            Array.ForEach(tags, writer.WriteStringValue);
            writer.WriteEndArray();
        }
    }

    private static void WriteOriginal(Utf8JsonWriter writer, SnapshotId? original)
    {
        if (original is { } id)
        {
            writer.WriteString("original", id.ToString());
        }
    }
}
