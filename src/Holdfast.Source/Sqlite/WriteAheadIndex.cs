using System.Buffers.Binary;
using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>
/// How far the log counts for whoever begins to read now, as its writers have published it: the header of the index beside it
/// (<c>-shm</c>), as sqlite.org/walformat.html has it. The log itself may be further: a commit is written first and published then.
/// </summary>
internal sealed class WriteAheadIndex(LinuxFile file) : IDisposable
{
    private const int HeaderSize = 48, InitializedAt = 12, FramesAt = 16, SaltAt = 32, SaltSize = 8;

    private readonly byte[] _read = new byte[2 * HeaderSize];

    /// <summary>Frames of the log that count; 0 where the database's file has everything.</summary>
    internal uint Frames => BinaryPrimitives.ReadUInt32LittleEndian(_read.AsSpan(FramesAt)); // in the machine's own order, and ours are all of this

    /// <summary>What the log's header has to have at its byte 16.</summary>
    internal ReadOnlySpan<byte> Salt => _read.AsSpan(SaltAt, SaltSize);

    /// <summary>The header as it was read last; it is another after each commit.</summary>
    internal ReadOnlySpan<byte> Header => _read.AsSpan(0, HeaderSize);

    /// <summary>Reads the header; false while somebody writes it: it is there twice, and then they differ.</summary>
    internal bool TryRead() =>
        file.ReadAt(_read, 0) == _read.Length && _read[InitializedAt] != 0 && _read.AsSpan(HeaderSize).SequenceEqual(Header);

    public void Dispose() => file.Dispose();
}
