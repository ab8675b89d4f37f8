using System.Buffers.Binary;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>One blob as the header of its pack tells it.</summary>
public readonly record struct PackEntry(BlobHandle Blob, BlobLocation Location);

/// <summary>
/// The table at the end of a pack: entries of 37 bytes, or 41 for compressed blobs, sealed, followed by the length of the
/// sealed table in four bytes. Design document, "Pack Format".
/// </summary>
internal static class PackHeader
{
    internal const int LengthField = 4;
    internal const int PlainEntry = 1 + 4 + Hash256.Size;
    internal const int CompressedEntry = PlainEntry + 4;

    private const byte CompressedData = 2;

    /// <summary>How many bytes the whole end of a pack takes.</summary>
    internal static int SealedLength(IReadOnlyList<PackEntry> entries) =>
        entries.Sum(e => e.Location.IsCompressed ? CompressedEntry : PlainEntry) + Sealer.Overhead + LengthField;

    /// <summary>Writes the sealed header and its length into <paramref name="target"/>, which has <see cref="SealedLength"/> bytes.</summary>
    internal static void Write(IReadOnlyList<PackEntry> entries, Sealer sealer, Span<byte> target)
    {
        Span<byte> message = target[..^LengthField];
        Span<byte> at = message[Sealer.IvLength..];
        foreach (PackEntry entry in entries)
        {
            at[0] = (byte)((byte)entry.Blob.Type + (entry.Location.IsCompressed ? CompressedData : 0));
            BinaryPrimitives.WriteUInt32LittleEndian(at[1..], entry.Location.Length);
            at = at[5..];
            if (entry.Location.IsCompressed)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(at, entry.Location.UncompressedLength);
                at = at[4..];
            }

            entry.Blob.Hash.Span.CopyTo(at);
            at = at[Hash256.Size..];
        }

        sealer.SealInPlace(message);
        BinaryPrimitives.WriteUInt32LittleEndian(target[^LengthField..], (uint)message.Length);
    }

    /// <summary>Reads an opened header. Blobs lie in the pack one after another, in the order of the table, from its first byte.</summary>
    /// <param name="blobBytes">The length of the pack before its header: the blobs must fill it exactly.</param>
    /// <exception cref="BackupException">Kind Corrupt.</exception>
    internal static List<PackEntry> Read(ReadOnlySpan<byte> plain, PackId pack, long blobBytes)
    {
        var entries = new List<PackEntry>(plain.Length / PlainEntry);
        long offset = 0;
        while (!plain.IsEmpty)
        {
            byte type = plain[0];
            bool compressed = type >= CompressedData;
            int size = compressed ? CompressedEntry : PlainEntry;
            if (type > CompressedData + (byte)BlobType.Tree || plain.Length < size)
            {
                throw Damaged(pack, "its header has an entry of an unknown form");
            }

            uint length = BinaryPrimitives.ReadUInt32LittleEndian(plain[1..]);
            uint uncompressed = compressed ? BinaryPrimitives.ReadUInt32LittleEndian(plain[5..]) : 0;
            if (length < Sealer.Overhead || length > Limits.Blob || uncompressed > Limits.Blob || offset + length > blobBytes)
            {
                throw Damaged(pack, "its header has an entry of an impossible length");
            }

            var handle = new BlobHandle((BlobType)(type & 1), new(plain.Slice(size - Hash256.Size, Hash256.Size)));
            entries.Add(new(handle, new(pack, (uint)offset, length, uncompressed)));
            offset += length;
            plain = plain[size..];
        }

        return offset == blobBytes ? entries : throw Damaged(pack, "its blobs do not fill it");
    }

    /// <summary>Fetches and opens the header of a stored pack.</summary>
    /// <param name="size">The length of the pack in bytes, as listed.</param>
    /// <param name="expected">The length of the end of the pack as <see cref="SealedLength"/> has it, so that one read does; a guess where it is not known.</param>
    /// <exception cref="BackupException">Kind Corrupt; or what the backend says.</exception>
    internal static async Task<List<PackEntry>> LoadAsync(OpenRepository repository, PackId pack, long size, int expected, CancellationToken cancellation)
    {
        if (size < LengthField + Sealer.Overhead)
        {
            throw Damaged(pack, "it is too short");
        }

        byte[] end = await ReadEndAsync(repository, pack, size, (int)Math.Min(size, expected), cancellation).ConfigureAwait(false);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(end.AsSpan(end.Length - LengthField));
        if (length < Sealer.Overhead || length > Limits.PackHeader || length > size - LengthField)
        {
            throw Damaged(pack, "its header has an impossible length");
        }

        if (end.Length < length + LengthField)
        {
            end = await ReadEndAsync(repository, pack, size, (int)length + LengthField, cancellation).ConfigureAwait(false);
        }

        Memory<byte> message = end.AsMemory(end.Length - LengthField - (int)length, (int)length);
        BlobCodec codec = repository.RentCodec();
        try
        {
            return codec.Sealer.TryOpenInPlace(message.Span)
                ? Read(message.Span[Sealer.IvLength..^Linux.Poly1305.TagLength], pack, size - LengthField - length)
                : throw Damaged(pack, "the authentication code of its header does not match");
        }
        finally
        {
            repository.ReturnCodec(codec);
        }
    }

    internal static BackupException Damaged(PackId pack, string how) => BackupException.Corrupt($"pack {pack} is damaged: {how}");

    private static async Task<byte[]> ReadEndAsync(OpenRepository repository, PackId pack, long size, int length, CancellationToken cancellation)
    {
        byte[] end = new byte[length];
        var file = new BackendFile(FileType.Pack, pack.ToString());
        int read = await repository.Backend.ReadAsync(file, size - length, end, cancellation).ConfigureAwait(false);
        return read == length ? end : throw Damaged(pack, "it ends before its header");
    }
}
