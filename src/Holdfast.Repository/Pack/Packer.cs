namespace Holdfast.Repository;

/// <summary>A pack being filled, in memory. One thread at a time.</summary>
internal sealed class Packer(BlobType type, byte[] buffer)
{
    /// <summary>restic reads no header beyond 16 MiB.</summary>
    private const int MostEntries = (16 << 20) / PackHeader.CompressedEntry - 1000;

    private readonly List<PackEntry> _entries = [];
    private byte[] _buffer = buffer;

    internal BlobType Type => type;

    /// <summary>Bytes of blobs so far.</summary>
    internal int Length { get; private set; }

    /// <summary>Whether the pack must be closed, however small its blobs are.</summary>
    internal bool HasFullHeader => _entries.Count >= MostEntries;

    internal void Add(BlobHandle blob, ReadOnlySpan<byte> message, uint uncompressedLength)
    {
        Reserve(message.Length);
        message.CopyTo(_buffer.AsSpan(Length));
        _entries.Add(new(blob, new(default, (uint)Length, (uint)message.Length, uncompressedLength)));
        Length += message.Length;
    }

    /// <summary>Closes the pack with its header.</summary>
    internal FinishedPack Finish(Sealer sealer)
    {
        int headerLength = PackHeader.SealedLength(_entries);
        Reserve(headerLength);
        PackHeader.Write(_entries, sealer, _buffer.AsSpan(Length, headerLength));
        ReadOnlyMemory<byte> content = _buffer.AsMemory(0, Length + headerLength);
        var id = new PackId(Hash256.Of(content.Span));
        return new(id, content, [.. _entries.Select(e => e with { Location = e.Location with { Pack = id } })], _buffer);
    }

    private void Reserve(int length)
    {
        if (_buffer.Length - Length < length)
        {
            // Only a blob larger than any chunk comes here: the tree of a folder with tens of thousands of entries.
            Array.Resize(ref _buffer, Math.Max(_buffer.Length + length, (int)Math.Min(_buffer.Length * 2L, Array.MaxLength)));
        }
    }
}

/// <summary>A pack ready to be stored, and the buffer to give back afterwards.</summary>
internal sealed record FinishedPack(PackId Id, ReadOnlyMemory<byte> Content, PackEntry[] Entries, byte[] Buffer);
