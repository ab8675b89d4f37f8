using System.Buffers;
using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Changes a few members of a stored snapshot. All others stay as they are, byte for byte.</summary>
internal static class SnapshotRewrite
{
    /// <summary>The document of a snapshot, with what another has otherwise: tags, original and marks; tree, time, host and totals.</summary>
    internal static byte[] Edit(ReadOnlyMemory<byte> document, Snapshot old, Snapshot changed)
    {
        List<string> written = ["tags", "original", "holdfast"];
        written.AddRange(old.Tree == changed.Tree ? [] : ["tree"]);
        written.AddRange(old.Time == changed.Time ? [] : ["time"]);
        written.AddRange(old.Hostname == changed.Hostname ? [] : ["hostname"]);
        written.AddRange(old.Summary == changed.Summary ? [] : ["summary"]);
        return Edit(document, written, (writer, root) =>
        {
            WriteTags(writer, changed);
            WriteOriginal(writer, changed.Original);
            if (changed.Marks is { } marks)
            {
                writer.WritePropertyName("holdfast");
                JsonSerializer.Serialize(writer, marks, RepositoryJson.Default.SnapshotMarks);
            }

            foreach (string name in written)
            {
                WriteChanged(writer, name, changed, root);
            }
        });
    }

    /// <summary>The document as it stands in a copy: with what it was first known as, and without a parent, which means nothing there.</summary>
    internal static byte[] Copy(ReadOnlyMemory<byte> document, SnapshotId original) =>
        Edit(document, ["parent", "original"], (writer, _) => WriteOriginal(writer, original));

    /// <summary>
    /// Those whose successor is stored already: a run was stopped between saving the one and removing the other (D12).
    /// </summary>
    internal static IEnumerable<StoredSnapshot> Replaced(IReadOnlyList<StoredSnapshot> all)
    {
        ILookup<SnapshotId?, Snapshot> successors = all.ToLookup(s => s.Snapshot.Marks?.Replaces, s => s.Snapshot);
        return all.Where(old => successors[old.Id].Any(s => s.Tree == old.Snapshot.Tree && s.Time == old.Snapshot.Time));
    }

    internal static BackendFile File(SnapshotId id) => new(FileType.Snapshot, id.ToString());

    private static byte[] Edit(ReadOnlyMemory<byte> document, IReadOnlyCollection<string> written, Action<Utf8JsonWriter, JsonElement> write)
    {
        using JsonDocument old = JsonDocument.Parse(document);
        var text = new ArrayBufferWriter<byte>(document.Length + 256);
        using (var writer = new Utf8JsonWriter(text))
        {
            writer.WriteStartObject();
            WriteMembers(writer, old.RootElement, written);
            write(writer, old.RootElement);
            writer.WriteEndObject();
        }

        return text.WrittenSpan.ToArray();
    }

    private static void WriteMembers(Utf8JsonWriter writer, JsonElement element, IReadOnlyCollection<string> without)
    {
        foreach (JsonProperty member in element.EnumerateObject().Where(m => !without.Contains(m.Name)))
        {
            // Raw: the writer's own escapes are JSON, but Go takes no time with an escaped + in it.
            writer.WritePropertyName(member.Name);
            writer.WriteRawValue(member.Value.GetRawText());
        }
    }

    private static void WriteChanged(Utf8JsonWriter writer, string name, Snapshot changed, JsonElement old)
    {
        switch (name)
        {
            case "tree" when changed.Tree is { } tree:
                writer.WriteString(name, tree.ToString());
                break;
            case "time":
                writer.WriteString(name, changed.Time);
                break;
            case "hostname":
                writer.WriteString(name, changed.Hostname);
                break;
            case "summary" when changed.Summary is { } summary:
                writer.WriteStartObject(name);
                WriteMembers(writer, old.GetProperty(name), ["total_files_processed", "total_bytes_processed"]);
                writer.WriteNumber("total_files_processed", summary.TotalFilesProcessed);
                writer.WriteNumber("total_bytes_processed", summary.TotalBytesProcessed);
                writer.WriteEndObject();
                break;
        }
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
