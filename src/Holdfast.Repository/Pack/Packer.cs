using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// A pack being filled, in memory; used again for the next one, because its buffers are too large to be left to the
/// garbage collector. One thread at a time.
/// </summary>
/// <param name="turn">Its place among those that take turns.</param>
/// <param name="capacity">Bytes to begin with; what is never touched costs nothing.</param>
internal sealed class Packer(int turn, int capacity)
{
    /// <summary>
    /// The first of those at rest comes first, whichever was used last: the memory of as many is touched as are in use
    /// at once, and what was touched stays, since asking the kernel for each page again took 3 % of a first backup.
    /// </summary>
    internal static readonly Comparer<Packer> ByTurn = Comparer<Packer>.Create((a, b) => a._turn.CompareTo(b._turn));

    /// <summary>
    /// With blobs of a few bytes, a full pack would have hundreds of thousands, and 100 bytes of memory for each, here and in
    /// the index. restic reads headers up to 16 MiB, eight times as many.
    /// </summary>
    private const int MostEntries = 50_000;

    private static readonly int MostBytes = Array.MaxLength - Environment.SystemPageSize;

    private readonly int _turn = turn;
    private readonly List<PackEntry> _entries = [];
    private Memory<byte> _buffer;

    /// <summary>The type of all blobs in it.</summary>
    internal BlobType Type { get; private set; }

    /// <summary>Bytes of blobs so far; after <see cref="Finish"/>, of the whole pack.</summary>
    internal int Length { get; private set; }

    /// <summary>Whether the pack must be closed, however small its blobs are.</summary>
    internal bool HasFullHeader => _entries.Count >= MostEntries;

    /// <summary>The blobs in it; after <see cref="Finish"/>, with the id of the pack.</summary>
    internal IReadOnlyList<PackEntry> Entries => _entries;

    /// <summary>The finished pack, valid until <see cref="Begin"/>.</summary>
    internal ReadOnlyMemory<byte> Content => _buffer[..Length];

    /// <summary>Empties it for a new pack.</summary>
    internal void Begin(BlobType type)
    {
        Type = type;
        Length = 0;
        _entries.Clear();
    }

    internal void Add(BlobHandle blob, ReadOnlySpan<byte> message, uint uncompressedLength)
    {
        message.CopyTo(Reserve(message.Length));
        _entries.Add(new(blob, new(default, (uint)Length, (uint)message.Length, uncompressedLength)));
        Length += message.Length;
    }

    /// <summary>Closes the pack with its header, and names it.</summary>
    internal PackId Finish(Sealer sealer)
    {
        int headerLength = PackHeader.SealedLength(_entries);
        PackHeader.Write(_entries, sealer, Reserve(headerLength));
        Length += headerLength;
        var id = new PackId(Hash256.Of(Content.Span));
        for (int i = 0; i < _entries.Count; i++)
        {
            _entries[i] = _entries[i] with { Location = _entries[i].Location with { Pack = id } };
        }

        return id;
    }

    private Span<byte> Reserve(int length)
    {
        if (_buffer.Length - Length < length)
        {
            // After the first time, only a blob larger than any chunk comes here: the tree of a folder with tens of thousands of entries.
            Memory<byte> larger = Pages.Allocate((int)Math.Max(Math.Max(capacity, Length + (long)length), Math.Min(_buffer.Length * 2L, MostBytes)));
            _buffer[..Length].CopyTo(larger);
            _buffer = larger;
        }

        return _buffer.Span.Slice(Length, length);
    }
}
