using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Holdfast.Backend;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Repository;

/// <summary>
/// A table of blobs in a file, sorted by hash: a lookup is one short read, whatever the size of the repository. Tables up
/// to 64 MB are read whole. What is read is compared with its sum, because a wrong entry would make a backup leave out
/// what it should store. Immutable; thread-safe.
/// </summary>
internal sealed class IndexTable : IDisposable
{
    /// <summary>Bytes of a table that is read whole, where nothing else is wanted.</summary>
    internal const long MostInMemory = 64 << 20;

    private const int ReadAtOnce = 64;

    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly IndexTableHeader _header;
    private readonly IndexBucket[] _buckets;
    private readonly IndexEntry[]? _entries;

    private IndexTable(string path, SafeFileHandle handle, IndexTableHeader header, long mostInMemory)
    {
        _path = path;
        _handle = handle;
        _header = header;
        var hashes = new Hash256[header.Files + header.Packs];
        _buckets = new IndexBucket[header.Buckets + 1];
        ReadExactly(MemoryMarshal.AsBytes(hashes.AsSpan()), IndexTableHeader.Size);
        ReadExactly(MemoryMarshal.AsBytes(_buckets.AsSpan()), header.BucketsAt);
        IndexTableHeader summed = header with { Sum = 0 };
        uint sum = IndexTableWriter.Sum(0, MemoryMarshal.AsBytes(new ReadOnlySpan<IndexTableHeader>(in summed)));
        sum = IndexTableWriter.Sum(sum, MemoryMarshal.AsBytes(hashes.AsSpan()));
        Require(IndexTableWriter.Sum(sum, MemoryMarshal.AsBytes(_buckets.AsSpan())) == header.Sum);
        Files = hashes[..(int)header.Files];
        Packs = [.. hashes.AsSpan((int)header.Files).ToArray().Select(h => new PackId(h))];
        if (header.Length <= mostInMemory)
        {
            _entries = new IndexEntry[header.Entries];
            ReadExactly(MemoryMarshal.AsBytes(_entries.AsSpan()), header.EntriesAt);
            for (int bucket = 0; bucket < header.Buckets; bucket++)
            {
                ReadOnlySpan<IndexEntry> entries = _entries.AsSpan((int)_buckets[bucket].Start..(int)_buckets[bucket + 1].Start);
                Require(IndexTableWriter.Sum(0, MemoryMarshal.AsBytes(entries)) == _buckets[bucket].Sum);
            }
        }
    }

    internal int Count => (int)_header.Entries;

    /// <summary>The index files whose entries are in it.</summary>
    internal IReadOnlyList<Hash256> Files { get; }

    internal IReadOnlyList<PackId> Packs { get; }

    /// <summary>Opens a table; null where there is none, or none that can be used.</summary>
    /// <param name="mostInMemory">Bytes of a table that is read whole.</param>
    internal static IndexTable? TryOpen(string path, long mostInMemory = MostInMemory)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path);
            var header = new IndexTableHeader[1];
            long length = RandomAccess.GetLength(handle);
            if (RandomAccess.Read(handle, MemoryMarshal.AsBytes(header.AsSpan()), 0) == IndexTableHeader.Size && header[0].IsPossible(length))
            {
                return new(path, handle, header[0], mostInMemory);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BackupException)
        {
            // It is made anew from the index files.
        }

        handle?.Dispose();
        return null;
    }

    internal static int BucketOf(in Hash256 hash, uint bits) => (int)(BinaryPrimitives.ReadUInt64BigEndian(hash.Span) >> (int)(64 - bits));

    /// <summary>Finds the entries of a blob: returns how many there are, and fills the room for them and for their numbers as far as it reaches.</summary>
    /// <exception cref="BackupException">Kind Corrupt: the table was damaged since it was opened.</exception>
    internal int Find(BlobHandle blob, Span<IndexEntry> found, Span<int> numbers = default)
    {
        int bucket = BucketOf(blob.Hash, _header.BucketBits);
        int count = 0;
        uint sum = 0;
        Span<IndexEntry> room = stackalloc IndexEntry[ReadAtOnce];
        int end = (int)_buckets[bucket + 1].Start;
        for (int at = (int)_buckets[bucket].Start; at < end; at += ReadAtOnce)
        {
            ReadOnlySpan<IndexEntry> entries = Read(at, room[..Math.Min(ReadAtOnce, end - at)]);
            sum = _entries is null ? IndexTableWriter.Sum(sum, MemoryMarshal.AsBytes(entries)) : sum;
            for (int i = 0; i < entries.Length; i++)
            {
                if (!entries[i].IsOf(blob))
                {
                    continue;
                }

                if (count < found.Length)
                {
                    found[count] = entries[i];
                }

                if (count < numbers.Length)
                {
                    numbers[count] = at + i;
                }

                count++;
            }
        }

        Require(_entries is not null || sum == _buckets[bucket].Sum);
        return count;
    }

    /// <summary>The entry with a number, in the order of the hashes.</summary>
    internal IndexEntry Entry(int number)
    {
        Span<IndexEntry> one = stackalloc IndexEntry[1];
        return Read(number, one)[0];
    }

    /// <summary>All entries in ascending order.</summary>
    /// <exception cref="BackupException">Kind Corrupt.</exception>
    internal IEnumerable<IndexEntry> Entries()
    {
        var room = new IndexEntry[4096];
        int bucket = 0;
        uint sum = 0;
        for (int at = 0; at < Count; at += room.Length)
        {
            int count = Read(at, room.AsSpan(0, Math.Min(room.Length, Count - at))).Length;
            for (int i = 0; i < count; i++)
            {
                for (; at + i == _buckets[bucket + 1].Start; bucket++, sum = 0)
                {
                    Require(sum == _buckets[bucket].Sum);
                }

                IndexEntry entry = _entries is null ? room[i] : _entries[at + i];
                sum = IndexTableWriter.Sum(sum, MemoryMarshal.AsBytes(new ReadOnlySpan<IndexEntry>(in entry)));
                yield return entry;
            }
        }

        Require(sum == _buckets[bucket].Sum);
    }

    internal IndexRun Run() => new(Packs, Count, Entries());

    public void Dispose() => _handle.Dispose();

    /// <summary>Entries from a number on: in their own place, or read into the room.</summary>
    private ReadOnlySpan<IndexEntry> Read(int number, Span<IndexEntry> room)
    {
        if (_entries is not null)
        {
            return _entries.AsSpan(number, room.Length);
        }

        ReadExactly(MemoryMarshal.AsBytes(room), _header.EntriesAt + (number * (long)IndexEntry.Size));
        return room;
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then it is found to be damaged again.
        }
    }

    private void ReadExactly(Span<byte> room, long offset)
    {
        for (int read = 0; read < room.Length;)
        {
            int count = RandomAccess.Read(_handle, room[read..], offset + read);
            Require(count > 0);
            read += count;
        }
    }

    private void Require(bool good)
    {
        if (!good)
        {
            Remove(_path);
            throw BackupException.Corrupt($"the cached index {_path} was damaged, and is removed; run again to have it made anew");
        }
    }
}
