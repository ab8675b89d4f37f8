using System.Buffers.Binary;

namespace Holdfast.Source;

/// <summary>CRC-64 with the polynomial of ECMA-182, bits reflected, as mongodump's archives have it.</summary>
internal sealed class Crc64
{
    private const ulong Polynomial = 0xC96C5795D7870F42;

    private static readonly ulong[][] Tables = MakeTables();

    private ulong _value = ulong.MaxValue;

    internal long Value => unchecked((long)~_value);

    internal void Append(ReadOnlySpan<byte> content)
    {
        ulong value = _value;
        for (; content.Length >= 8; content = content[8..])
        {
            value ^= BinaryPrimitives.ReadUInt64LittleEndian(content);
            value = Tables[7][value & 0xFF] ^ Tables[6][(value >> 8) & 0xFF] ^ Tables[5][(value >> 16) & 0xFF] ^ Tables[4][(value >> 24) & 0xFF]
                ^ Tables[3][(value >> 32) & 0xFF] ^ Tables[2][(value >> 40) & 0xFF] ^ Tables[1][(value >> 48) & 0xFF] ^ Tables[0][value >> 56];
        }

        foreach (byte b in content)
        {
            value = Tables[0][(value ^ b) & 0xFF] ^ (value >> 8);
        }

        _value = value;
    }

    private static ulong[][] MakeTables()
    {
        var tables = new ulong[8][];
        for (int t = 0; t < tables.Length; t++)
        {
            tables[t] = new ulong[256];
            for (uint i = 0; i < 256; i++)
            {
                ulong value = t == 0 ? i : tables[t - 1][i];
                for (int bit = 0; t == 0 && bit < 8; bit++)
                {
                    value = (value & 1) != 0 ? (value >> 1) ^ Polynomial : value >> 1;
                }

                tables[t][i] = t == 0 ? value : tables[0][value & 0xFF] ^ (value >> 8);
            }
        }

        return tables;
    }
}
