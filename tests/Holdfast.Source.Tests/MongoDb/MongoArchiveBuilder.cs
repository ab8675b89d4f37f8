using System.Text;

namespace Holdfast.Source.Tests;

/// <summary>Writes archives as mongodump does: mongo-tools, common/archive/spec.md.</summary>
internal sealed class MongoArchiveBuilder
{
    private readonly List<byte> _content = [];
    private readonly Dictionary<string, Crc64> _sums = [];

    internal MongoArchiveBuilder(params (string Collection, string Metadata, string Type)[] collections)
    {
        Write([0x6D, 0xE2, 0x99, 0x81]);
        Write(Document(("concurrent_collections", 4), ("version", "0.1"), ("server_version", "7.0.2"), ("tool_version", "100.9.4")));
        foreach ((string name, string metadata, string type) in collections)
        {
            (string database, string collection) = Split(name);
            Write(Document(("db", database), ("collection", collection), ("metadata", metadata), ("size", 7), ("type", type)));
        }

        Mark();
        PreludeLength = _content.Count;
    }

    internal int PreludeLength { get; }

    internal static byte[] Document(params (string Name, object Value)[] members)
    {
        var body = new MemoryStream();
        foreach ((string name, object value) in members)
        {
            body.WriteByte(value switch { string => 2, byte[] => 5, bool => 8, int => 16, _ => 18 });
            body.Write([.. Encoding.UTF8.GetBytes(name), 0]);
            body.Write(value switch
            {
                string s => [.. BitConverter.GetBytes(Encoding.UTF8.GetByteCount(s) + 1), .. Encoding.UTF8.GetBytes(s), 0],
                byte[] b => [.. BitConverter.GetBytes(b.Length), 0, .. b],
                bool b => [b ? (byte)1 : (byte)0],
                int i => BitConverter.GetBytes(i),
                _ => BitConverter.GetBytes((long)value),
            });
        }

        return [.. BitConverter.GetBytes((int)body.Length + 5), .. body.ToArray(), 0];
    }

    internal MongoArchiveBuilder Segment(string name, params byte[][] documents)
    {
        Header(name, false, 0);
        foreach (byte[] document in documents)
        {
            Write(document);
            Sum(name).Append(document);
        }

        return Mark();
    }

    internal MongoArchiveBuilder End(string name)
    {
        Header(name, true, Sum(name).Value);
        return Mark();
    }

    internal byte[] ToArray() => [.. _content];

    private static (string Database, string Collection) Split(string name)
    {
        int dot = name.IndexOf('.');
        return dot < 0 ? (string.Empty, name) : (name[..dot], name[(dot + 1)..]);
    }

    private Crc64 Sum(string name) => _sums.TryGetValue(name, out Crc64? sum) ? sum : _sums[name] = new();

    private void Header(string name, bool isEnd, long sum)
    {
        (string database, string collection) = Split(name);
        Write(Document(("db", database), ("collection", collection), ("EOF", isEnd), ("CRC", sum)));
    }

    private MongoArchiveBuilder Mark()
    {
        Write([0xFF, 0xFF, 0xFF, 0xFF]);
        return this;
    }

    private void Write(byte[] content) => _content.AddRange(content);
}
