using System.Buffers.Binary;

namespace Holdfast.DataSet;

/// <summary>Binary records of 32 bytes, part counted, part drawn; compresses about twice, as programs and databases do.</summary>
internal sealed class Records(RepeatableRandom random) : IContent
{
    private const int Size = 32;

    private readonly byte[] _record = new byte[Size];
    private uint _sequence;

    public void Fill(Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            Next();
            int length = Math.Min(Size, destination.Length);
            _record.AsSpan(0, length).CopyTo(destination);
            destination = destination[length..];
        }
    }

    private void Next()
    {
        Span<byte> record = _record;
        BinaryPrimitives.WriteUInt32LittleEndian(record, _sequence++);
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], (uint)random.Skewed(20));
        BinaryPrimitives.WriteUInt64LittleEndian(record[8..], random.Next() & 0x0000_FFFF_FFFF_FFFF);
        BinaryPrimitives.WriteUInt32LittleEndian(record[16..], (uint)random.Skewed(8));
        BinaryPrimitives.WriteUInt32LittleEndian(record[20..], (uint)random.Skewed(16));
        BinaryPrimitives.WriteUInt64LittleEndian(record[24..], random.Next() >> 40);
    }
}
