using System.Buffers;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// Turns plain blobs into sealed ones and back: compression, then encryption. Holds native contexts and scratch memory;
/// one thread at a time. Take one from <see cref="OpenRepository.RentCodec"/>.
/// </summary>
public sealed class BlobCodec : IDisposable
{
    private static readonly int LargestChunkMessage = ZstdCompressor.Bound(Chunker.MaxSize) + Sealer.Overhead;

    /// <summary>Nine in ten messages are shorter than this.</summary>
    private const int UsualMessage = 2 << 20;

    private const int UsualLevel = 3;

    private const int FastestLevel = 1;

    /// <summary>As much of a chunk is tried both ways.</summary>
    private const int Sample = 128 << 10;

    private readonly Sealer _sealer;
    private readonly int _level;
    private readonly ZstdCompressor? _compressor;
    private readonly ZstdDecompressor _decompressor = new();
    private byte[] _scratch = [];
    private byte[] _trialScratch = [];
    private int _lastLength;

    internal BlobCodec(MasterKey key, CompressionMode mode, bool canCompress)
    {
        _sealer = new(key);
        if (canCompress)
        {
            CompressesContent = mode != CompressionMode.Off;
            _level = Level(mode);
            _compressor = new(_level);
        }
    }

    private int LevelFor(ReadOnlySpan<byte> plain, CompressionTrial? trial, ZstdCompressor compressor) =>
        _level != UsualLevel ? _level
        : EvenBytes.Are(plain) || (trial is not null && IsFastestAsGood(plain, trial, compressor)) ? FastestLevel
        : UsualLevelFor(plain.Length);

    /// <summary>
    /// Up to 16 KiB, libzstd takes other parameters, which at level 3 lose 1 % against restic's encoder; the next level
    /// costs half as much time again. Worth it for the larger of these blobs, where most of the bytes are.
    /// </summary>
    private static int UsualLevelFor(int length) => length is > 8 << 10 and <= 16 << 10 ? UsualLevel + 1 : UsualLevel;

    /// <summary>False with compression off; trees and indexes are compressed all the same, as restic does.</summary>
    private bool CompressesContent { get; }

    internal Sealer Sealer => _sealer;

    /// <summary>The result of the last <see cref="Encode"/>, for a caller that had to wait in between.</summary>
    internal ReadOnlyMemory<byte> LastMessage => _scratch.AsMemory(0, _lastLength);

    /// <summary>
    /// Seals a blob. The result is valid until the next call.
    /// </summary>
    /// <param name="uncompressedLength">The plain length where the blob was compressed, else 0.</param>
    /// <param name="trial">That of the stream that the blob is from; null where it is from none, or alone in it.</param>
    internal ReadOnlySpan<byte> Encode(BlobType type, ReadOnlySpan<byte> plain, out uint uncompressedLength, CompressionTrial? trial = null)
    {
        // An empty blob stays as it is: a plain length of 0 is what marks a blob as not compressed.
        if (_compressor is null || plain.IsEmpty || (type == BlobType.Data && !CompressesContent))
        {
            Span<byte> plainMessage = Scratch(plain.Length + Sealer.Overhead);
            plain.CopyTo(plainMessage[Sealer.IvLength..]);
            _sealer.SealInPlace(plainMessage);
            uncompressedLength = 0;
            _lastLength = plainMessage.Length;
            return plainMessage;
        }

        Span<byte> room = Scratch(ZstdCompressor.Bound(plain.Length) + Sealer.Overhead);
        int length = _compressor.Compress(plain, room[Sealer.IvLength..^Poly1305.TagLength], LevelFor(plain, trial, _compressor));
        Span<byte> message = room[..(length + Sealer.Overhead)];
        _sealer.SealInPlace(message);
        uncompressedLength = (uint)plain.Length;
        _lastLength = message.Length;
        return message;
    }

    private bool IsFastestAsGood(ReadOnlySpan<byte> plain, CompressionTrial trial, ZstdCompressor compressor)
    {
        if (trial.IsDue())
        {
            ReadOnlySpan<byte> sample = plain[..Math.Min(plain.Length, Sample)];
            _trialScratch = _trialScratch.Length > 0 ? _trialScratch : GC.AllocateUninitializedArray<byte>(ZstdCompressor.Bound(Sample));
            trial.Note(sample.Length, compressor.Compress(sample, _trialScratch), compressor.Compress(sample, _trialScratch, FastestLevel));
        }

        return trial.IsFastestAsGood;
    }

    /// <summary>Lets go of the memory that only a large message needed; <see cref="LastMessage"/> is lost with it.</summary>
    internal void DiscardLarge()
    {
        if (_lastLength > UsualMessage)
        {
            Pages.Discard(_scratch.AsSpan(UsualMessage, _lastLength - UsualMessage));
            _lastLength = 0;
        }
    }

    /// <summary>Opens a sealed blob (destroying it) and unpacks it into <paramref name="plain"/>, which has its exact plain length.</summary>
    /// <returns>False where the blob is not authentic or does not unpack to that length. What it holds is not compared with its hash.</returns>
    public bool TryDecode(Span<byte> message, in BlobLocation location, Span<byte> plain)
    {
        if (!_sealer.TryOpenInPlace(message))
        {
            return false;
        }

        ReadOnlySpan<byte> text = message[Sealer.IvLength..^Poly1305.TagLength];
        if (location.IsCompressed)
        {
            return _decompressor.TryDecompress(text, plain, out int written) && written == plain.Length;
        }

        if (text.Length != plain.Length)
        {
            return false;
        }

        text.CopyTo(plain);
        return true;
    }

    /// <summary>Seals an index, snapshot or lock, compressed where the repository's version allows it.</summary>
    internal byte[] EncodeUnpacked(ReadOnlySpan<byte> plain)
    {
        if (_compressor is null)
        {
            return _sealer.Seal(plain);
        }

        // Design document, "Unpacked Data Format": version byte 2, then a zstd frame.
        byte[] message = ArrayPool<byte>.Shared.Rent(ZstdCompressor.Bound(plain.Length) + Sealer.Overhead + 1);
        try
        {
            Span<byte> body = message.AsSpan(Sealer.IvLength);
            body[0] = 2;
            int length = _compressor.Compress(plain, body[1..^Poly1305.TagLength]) + 1;
            Span<byte> used = message.AsSpan(0, length + Sealer.Overhead);
            _sealer.SealInPlace(used);
            return used.ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(message);
        }
    }

    /// <summary>Opens an index, snapshot or lock, destroying the message.</summary>
    /// <param name="plain">Memory for the result, replaced where it is too small; the result lies in it or in the message.</param>
    /// <exception cref="BackupException">Kind Corrupt or Unsupported; <paramref name="name"/> is named in it.</exception>
    internal ReadOnlyMemory<byte> DecodeUnpacked(Memory<byte> message, string name, ref byte[] plain)
    {
        if (!_sealer.TryOpenInPlace(message.Span))
        {
            throw BackupException.Corrupt($"{name} is damaged: its authentication code does not match");
        }

        ReadOnlyMemory<byte> text = message[Sealer.IvLength..^Poly1305.TagLength];
        if (text.IsEmpty || text.Span[0] is (byte)'{' or (byte)'[')
        {
            return text;
        }

        if (text.Span[0] != 2)
        {
            throw new BackupException(BackupErrorKind.Unsupported, $"{name} is written in a form that this version does not know ({text.Span[0]})");
        }

        return TryUnpack(text.Span[1..], ref plain, out int length)
            ? plain.AsMemory(0, length)
            : throw BackupException.Corrupt($"{name} does not unpack");
    }

    public void Dispose()
    {
        _sealer.Dispose();
        _compressor?.Dispose();
        _decompressor.Dispose();
    }

    /// <summary>zstd's level for each mode: the ones whose ratio comes nearest to that of restic's encoder for the same name.</summary>
    private static int Level(CompressionMode mode) => mode switch
    {
        CompressionMode.Fastest => FastestLevel,
        CompressionMode.Better => 7,
        CompressionMode.Max => 15,
        _ => UsualLevel,
    };

    /// <summary>Unpacks a frame of any size within the limit; false where it is damaged or larger.</summary>
    private bool TryUnpack(ReadOnlySpan<byte> frame, ref byte[] plain, out int length)
    {
        // Streaming encoders (rustic's) leave the size out of the frame; then it is found by trying.
        ulong? size = ZstdDecompressor.ContentSize(frame);
        long room = size is { } stated ? (long)Math.Min(stated, long.MaxValue) : Math.Max(frame.Length * 4L, 4096);
        for (; room <= Limits.Unpacked; room *= 4)
        {
            if (plain.Length < room)
            {
                plain = GC.AllocateUninitializedArray<byte>((int)room);
            }

            if (_decompressor.TryDecompress(frame, plain, out length, out bool isTooSmall))
            {
                return true;
            }

            if (size is not null || !isTooSmall)
            {
                break;
            }
        }

        length = 0;
        return false;
    }

    private Span<byte> Scratch(int length)
    {
        if (_scratch.Length < length)
        {
            // At once for the largest chunk: memory that is never touched costs nothing, and growing by and by leaves garbage.
            _scratch = GC.AllocateUninitializedArray<byte>(Math.Max(length, LargestChunkMessage));
        }

        return _scratch.AsSpan(0, length);
    }
}
