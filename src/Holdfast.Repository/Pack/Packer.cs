using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// A pack being filled; used again for the next one, because its buffers are too large to be left to the garbage collector.
/// With a draft it is stored while it grows; without one, the whole pack is in memory until then. One thread at a time.
/// </summary>
/// <param name="turn">Its place among those that take turns.</param>
/// <param name="capacity">Bytes to begin with for a whole pack; what is never touched costs nothing.</param>
/// <param name="piece">Bytes, whole pages, that go to a draft at once.</param>
internal sealed class Packer(int turn, int capacity, int piece)
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
    private readonly PackPieces _pieces = new(piece);
    private Memory<byte> _buffer;
    private bool _grows;

    /// <summary>The type of all blobs in it.</summary>
    internal BlobType Type { get; private set; }

    /// <summary>Bytes of blobs so far; after <see cref="StoreAsync"/>, of the whole pack.</summary>
    internal int Length { get; private set; }

    /// <summary>Whether the pack must be closed, however small its blobs are.</summary>
    internal bool HasFullHeader => _entries.Count >= MostEntries;

    /// <summary>The blobs in it; after <see cref="StoreAsync"/>, with the id of the pack.</summary>
    internal IReadOnlyList<PackEntry> Entries => _entries;

    /// <summary>The whole pack, until <see cref="Begin"/>; only without a draft.</summary>
    internal ReadOnlyMemory<byte> Content => _grows ? throw new InvalidOperationException("it is not in memory") : _buffer[..Length];

    /// <summary>Empties it for a new pack.</summary>
    /// <param name="draft">Where it is stored while it grows; the packer disposes of it. Null to keep it in memory.</param>
    internal void Begin(BlobType type, FileDraft? draft)
    {
        Type = type;
        Length = 0;
        _entries.Clear();
        _grows = draft is not null;
        if (draft is not null)
        {
            _pieces.Begin(draft);
        }
    }

    /// <exception cref="BackupException">What came before could not be stored.</exception>
    internal ValueTask AddAsync(BlobHandle blob, ReadOnlyMemory<byte> message, uint uncompressedLength)
    {
        _entries.Add(new(blob, new(default, (uint)Length, (uint)message.Length, uncompressedLength)));
        return AppendAsync(message);
    }

    /// <summary>Closes the pack with its header, and stores it (D1); returns its file.</summary>
    /// <exception cref="BackupException"/>
    internal async Task<BackendFile> StoreAsync(Sealer sealer, IBackend backend)
    {
        var header = new byte[PackHeader.SealedLength(_entries)];
        PackHeader.Write(_entries, sealer, header);
        await AppendAsync(header).ConfigureAwait(false);
        BackendFile file = await (_grows ? _pieces.FinishAsync() : StoreWholeAsync(backend)).ConfigureAwait(false);
        var id = new PackId(Hash256.Parse(file.Name));
        for (int i = 0; i < _entries.Count; i++)
        {
            _entries[i] = _entries[i] with { Location = _entries[i].Location with { Pack = id } };
        }

        return file;
    }

    /// <summary>Gives up what is not stored.</summary>
    internal Task AbandonAsync() => _pieces.AbandonAsync();

    private async Task<BackendFile> StoreWholeAsync(IBackend backend)
    {
        var file = new BackendFile(FileType.Pack, Hash256.Of(Content.Span).ToString()) { HoldsTrees = Type == BlobType.Tree };
        await backend.SaveAsync(file, Content, CancellationToken.None).ConfigureAwait(false);
        return file;
    }

    private ValueTask AppendAsync(ReadOnlyMemory<byte> part)
    {
        int start = Length;
        Length += part.Length;
        if (_grows)
        {
            return _pieces.AppendAsync(part);
        }

        if (_buffer.Length < Length)
        {
            // After the first time, only a blob larger than any chunk comes here: the tree of a folder with tens of thousands of entries.
            Memory<byte> larger = Pages.Allocate((int)Math.Max(Math.Max(capacity, Length), Math.Min(_buffer.Length * 2L, MostBytes)));
            _buffer[..start].CopyTo(larger);
            _buffer = larger;
        }

        part.CopyTo(_buffer[start..]);
        return ValueTask.CompletedTask;
    }
}
