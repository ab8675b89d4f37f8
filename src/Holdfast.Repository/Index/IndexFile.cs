using System.Buffers;
using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>The encoded form of an index: design document, "Indexing". Unknown members are passed over, as restic does.</summary>
internal static class IndexFile
{
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 16 };

    /// <summary>Encodes the entries, which must come grouped by pack.</summary>
    internal static void Write(IReadOnlyList<PackEntry> entries, IBufferWriter<byte> target)
    {
        using var json = new Utf8JsonWriter(target);
        json.WriteStartObject();
        json.WriteStartArray("packs"u8);
        for (int i = 0; i < entries.Count;)
        {
            PackId pack = entries[i].Location.Pack;
            json.WriteStartObject();
            WriteId(json, pack.Hash);
            json.WriteStartArray("blobs"u8);
            for (; i < entries.Count && entries[i].Location.Pack == pack; i++)
            {
                WriteBlob(json, entries[i]);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
    }

    /// <summary>Adds every entry of an encoded index to <paramref name="target"/>, and reports which packs it lists.</summary>
    /// <exception cref="BackupException">Kind Corrupt.</exception>
    internal static void Read(ReadOnlySpan<byte> plain, string name, Action<PackEntry> add)
    {
        try
        {
            var json = new Utf8JsonReader(plain, ReaderOptions);
            json.Read();
            // Version 1 indexes of restic before 0.2 are a bare array of packs.
            if (json.TokenType == JsonTokenType.StartArray)
            {
                ReadPacks(ref json, add);
                return;
            }

            Expect(ref json, JsonTokenType.StartObject);
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool packs = json.ValueTextEquals("packs"u8);
                json.Read();
                if (packs && json.TokenType != JsonTokenType.Null)
                {
                    Expect(ref json, JsonTokenType.StartArray);
                    ReadPacks(ref json, add);
                }
                else
                {
                    json.Skip();
                }
            }

            Expect(ref json, JsonTokenType.EndObject);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw BackupException.Corrupt($"{name} is damaged: {e.Message}", e);
        }
    }

    private static void WriteBlob(Utf8JsonWriter json, in PackEntry entry)
    {
        json.WriteStartObject();
        WriteId(json, entry.Blob.Hash);
        json.WriteString("type"u8, entry.Blob.Type == BlobType.Tree ? "tree"u8 : "data"u8);
        json.WriteNumber("offset"u8, entry.Location.Offset);
        json.WriteNumber("length"u8, entry.Location.Length);
        if (entry.Location.IsCompressed)
        {
            json.WriteNumber("uncompressed_length"u8, entry.Location.UncompressedLength);
        }

        json.WriteEndObject();
    }

    private static void WriteId(Utf8JsonWriter json, Hash256 hash)
    {
        Span<byte> digits = stackalloc byte[2 * Hash256.Size];
        Convert.TryToHexStringLower(hash.Span, digits, out _);
        json.WriteString("id"u8, digits);
    }

    private static void ReadPacks(ref Utf8JsonReader json, Action<PackEntry> add)
    {
        var blobs = new List<PackEntry>();
        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            Hash256? id = null;
            blobs.Clear();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("id"u8))
                {
                    json.Read();
                    id = ReadHash(ref json);
                }
                else if (json.ValueTextEquals("blobs"u8))
                {
                    json.Read();
                    ReadBlobs(ref json, blobs);
                }
                else
                {
                    json.Skip();
                }
            }

            PackId pack = new(id ?? throw new FormatException("a pack has no id"));
            foreach (PackEntry blob in blobs)
            {
                add(blob with { Location = blob.Location with { Pack = pack } });
            }
        }

        Expect(ref json, JsonTokenType.EndArray);
    }

    private static void ReadBlobs(ref Utf8JsonReader json, List<PackEntry> blobs)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return;
        }

        Expect(ref json, JsonTokenType.StartArray);
        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            Hash256? id = null;
            BlobType? type = null;
            uint offset = 0, length = 0, uncompressed = 0;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("id"u8))
                {
                    json.Read();
                    id = ReadHash(ref json);
                }
                else if (json.ValueTextEquals("type"u8))
                {
                    json.Read();
                    type = json.ValueTextEquals("tree"u8) ? BlobType.Tree
                        : json.ValueTextEquals("data"u8) ? BlobType.Data
                        : throw new FormatException("a blob is neither tree nor data");
                }
                else if (json.ValueTextEquals("offset"u8))
                {
                    json.Read();
                    offset = json.GetUInt32();
                }
                else if (json.ValueTextEquals("length"u8))
                {
                    json.Read();
                    length = json.GetUInt32();
                }
                else if (json.ValueTextEquals("uncompressed_length"u8))
                {
                    json.Read();
                    uncompressed = json.GetUInt32();
                }
                else
                {
                    json.Skip();
                }
            }

            if (id is null || type is null || length < Sealer.Overhead || length > Limits.Blob || uncompressed > Limits.Blob)
            {
                throw new FormatException("a blob lacks its id or type, or has an impossible length");
            }

            blobs.Add(new(new(type.Value, id.Value), new(default, offset, length, uncompressed)));
        }

        Expect(ref json, JsonTokenType.EndArray);
    }

    private static Hash256 ReadHash(ref Utf8JsonReader json) =>
        json.TokenType == JsonTokenType.String && !json.HasValueSequence && Hash256.TryParse(json.ValueSpan, out Hash256 hash)
            ? hash
            : throw new FormatException("an id is not a SHA-256 in hexadecimal digits");

    private static void Expect(ref Utf8JsonReader json, JsonTokenType type)
    {
        if (json.TokenType != type)
        {
            throw new FormatException($"{type} expected, {json.TokenType} found");
        }
    }
}
