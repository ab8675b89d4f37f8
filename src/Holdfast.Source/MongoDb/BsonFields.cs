using System.Buffers.Binary;
using System.Text;

namespace Holdfast.Source;

/// <summary>The members of a small BSON document that has texts, numbers and flags only, as an archive's own documents are.</summary>
internal sealed class BsonFields
{
    private const byte TextType = 2, FlagType = 8, Int32Type = 16, Int64Type = 18;

    private readonly Dictionary<string, object> _values = [];

    /// <exception cref="InvalidDataException">It is not such a document.</exception>
    internal BsonFields(ReadOnlySpan<byte> document)
    {
        ReadOnlySpan<byte> rest = document[4..^1];
        while (!rest.IsEmpty)
        {
            byte type = rest[0];
            int end = rest[1..].IndexOf((byte)0);
            Require(end >= 0);
            string name = Encoding.UTF8.GetString(rest.Slice(1, end));
            rest = rest[(end + 2)..];
            int length = type switch { TextType => 4 + TextLength(rest), FlagType => 1, Int32Type => 4, Int64Type => 8, _ => throw new InvalidDataException($"it has a member '{name}' of the type {type}") };
            Require(rest.Length >= length);
            _values[name] = type switch
            {
                TextType => Encoding.UTF8.GetString(rest[4..(length - 1)]),
                FlagType => rest[0] < 2 ? rest[0] == 1 : throw new InvalidDataException($"its flag '{name}' is {rest[0]}"),
                Int32Type => (long)BinaryPrimitives.ReadInt32LittleEndian(rest),
                _ => BinaryPrimitives.ReadInt64LittleEndian(rest),
            };
            rest = rest[length..];
        }
    }

    internal string Text(string name) => _values.GetValueOrDefault(name) as string ?? throw new InvalidDataException($"it has no text '{name}'");

    internal string? FindText(string name) => _values.GetValueOrDefault(name) as string;

    internal bool Flag(string name) => _values.GetValueOrDefault(name) as bool? ?? throw new InvalidDataException($"it has no flag '{name}'");

    internal long Number(string name) => _values.GetValueOrDefault(name) as long? ?? throw new InvalidDataException($"it has no number '{name}'");

    /// <summary>With the zero at its end, but without the four bytes of the length.</summary>
    private static int TextLength(ReadOnlySpan<byte> from)
    {
        Require(from.Length >= 4);
        int length = BinaryPrimitives.ReadInt32LittleEndian(from);
        Require(length >= 1 && length <= from.Length - 4 && from[3 + length] == 0);
        return length;
    }

    private static void Require(bool good)
    {
        if (!good)
        {
            throw new InvalidDataException("a document of its own is malformed");
        }
    }
}
