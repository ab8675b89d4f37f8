using System.Numerics;
using System.Runtime.InteropServices;

namespace Holdfast.Repository;

/// <summary>
/// Writes a table of blobs aside, and gives it its name in the end. Not synced: what a crash leaves is found by its sums.
/// One thread at a time.
/// </summary>
internal sealed class IndexTableWriter : IDisposable
{
    private readonly string _path;
    private readonly string _aside;
    private readonly FileStream _stream;
    private readonly IndexBucket[] _buckets;
    private IndexTableHeader _header;
    private int _bucket = -1;
    private uint _sum;
    private uint _count;

    /// <param name="most">How many entries there will be at most.</param>
    internal IndexTableWriter(string path, int files, int packs, long most)
    {
        _path = path;
        _aside = $"{path}-tmp-{Guid.NewGuid():n}";
        _header = new(IndexTableHeader.Expected, (uint)files, (uint)packs, IndexTableHeader.BitsFor(most), 0, 0, 0);
        _buckets = new IndexBucket[_header.Buckets + 1];
        _stream = new(_aside, new FileStreamOptions
        {
            Mode = System.IO.FileMode.CreateNew, Access = FileAccess.ReadWrite, BufferSize = 1 << 20,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }

    /// <summary>Writes what the entries refer to; before the first of them.</summary>
    internal void Begin(IReadOnlyCollection<Hash256> files, IReadOnlyList<PackId> packs)
    {
        _stream.Position = IndexTableHeader.Size;
        foreach (Hash256 hash in files.Concat(packs.Select(p => p.Hash)))
        {
            _stream.Write(hash.Span);
        }

        _stream.Position = _header.EntriesAt;
    }

    /// <summary>Adds an entry, whose hash is not less than the one before.</summary>
    internal void Add(in IndexEntry entry)
    {
        int bucket = IndexTable.BucketOf(entry.Hash, _header.BucketBits);
        if (bucket != _bucket)
        {
            EndBuckets(bucket);
        }

        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<IndexEntry>(in entry));
        _sum = Sum(_sum, bytes);
        _stream.Write(bytes);
        _count++;
    }

    /// <summary>Writes what leads to the entries, and gives the table its name.</summary>
    internal void Finish()
    {
        EndBuckets(_buckets.Length - 1);
        _header = _header with { Entries = _count };
        _stream.Position = _header.BucketsAt;
        _stream.Write(MemoryMarshal.AsBytes(_buckets.AsSpan()));
        _header = _header with { Sum = SumOfHead() };
        _stream.Position = 0;
        _stream.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<IndexTableHeader>(in _header)));
        _stream.Flush();
        File.Move(_aside, _path, overwrite: true);
    }

    public void Dispose()
    {
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // It could not write what was left; whoever wrote knows.
        }

        File.Delete(_aside); // gone already, where all went well
    }

    /// <summary>CRC-32C over whole eight bytes.</summary>
    internal static uint Sum(uint sum, ReadOnlySpan<byte> bytes)
    {
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            sum = BitOperations.Crc32C(sum, word);
        }

        return sum;
    }

    private void EndBuckets(int next)
    {
        if (_bucket >= 0)
        {
            _buckets[_bucket] = _buckets[_bucket] with { Sum = _sum };
        }

        while (_bucket < next)
        {
            _buckets[++_bucket] = new(_count, 0);
        }

        _sum = 0;
    }

    /// <summary>Of all before the entries, with the sum itself left out.</summary>
    private uint SumOfHead()
    {
        var room = new byte[1 << 16];
        uint sum = Sum(0, MemoryMarshal.AsBytes(new ReadOnlySpan<IndexTableHeader>(in _header)));
        _stream.Position = IndexTableHeader.Size;
        for (long left = _header.EntriesAt - IndexTableHeader.Size; left > 0;)
        {
            Span<byte> part = room.AsSpan(0, (int)Math.Min(left, room.Length));
            _stream.ReadExactly(part);
            sum = Sum(sum, part);
            left -= part.Length;
        }

        return sum;
    }
}
