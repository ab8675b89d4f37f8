using System.Buffers.Binary;

namespace Holdfast.Linux;

/// <summary>One request of the kernel: <c>struct fuse_in_header</c>, and what follows it.</summary>
public sealed class FuseRequest
{
    private const int HeaderLength = 40;
    private const int ForgetOneLength = 16;

    private readonly byte[] _bytes;

    internal FuseRequest(ReadOnlySpan<byte> bytes) => _bytes = bytes.ToArray();

    internal static bool IsWhole(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= HeaderLength && BinaryPrimitives.ReadUInt32LittleEndian(bytes) == bytes.Length;

    public FuseOperation Operation => (FuseOperation)BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(4));

    /// <summary>Names the request in its reply.</summary>
    public ulong Unique => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(8));

    /// <summary>The file or folder concerned, by the number that a lookup gave it; 1 is the root.</summary>
    public ulong NodeId => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(16));

    private ReadOnlySpan<byte> Body => _bytes.AsSpan(HeaderLength);

    /// <summary>The name that a lookup is for.</summary>
    public ReadOnlySpan<byte> Name => Terminated(Body);

    /// <summary>The name of the extended attribute asked for.</summary>
    public ReadOnlySpan<byte> AttributeName => Terminated(Body[8..]);

    /// <summary>How much room there is for an extended attribute or the list of them; 0 to be told their length.</summary>
    public uint AttributeRoom => BinaryPrimitives.ReadUInt32LittleEndian(Body);

    /// <summary>The number that opening gave to the open file or folder.</summary>
    public ulong Handle => BinaryPrimitives.ReadUInt64LittleEndian(Body);

    /// <summary>Where a read begins.</summary>
    public ulong Offset => BinaryPrimitives.ReadUInt64LittleEndian(Body[8..]);

    /// <summary>How much a read is for, in bytes.</summary>
    public uint Size => BinaryPrimitives.ReadUInt32LittleEndian(Body[16..]);

    internal uint Major => BinaryPrimitives.ReadUInt32LittleEndian(Body);

    internal uint Minor => BinaryPrimitives.ReadUInt32LittleEndian(Body[4..]);

    internal uint MaxReadAhead => BinaryPrimitives.ReadUInt32LittleEndian(Body[8..]);

    internal uint Flags => BinaryPrimitives.ReadUInt32LittleEndian(Body[12..]);

    /// <summary>The numbers that the kernel has done with, and how many lookups of each.</summary>
    public IEnumerable<(ulong NodeId, ulong Lookups)> Forgotten()
    {
        if (Operation == FuseOperation.Forget)
        {
            yield return (NodeId, BinaryPrimitives.ReadUInt64LittleEndian(Body));
            yield break;
        }

        uint count = BinaryPrimitives.ReadUInt32LittleEndian(Body);
        for (int i = 0, at = 8; i < count && at + ForgetOneLength <= Body.Length; i++, at += ForgetOneLength)
        {
            yield return (BinaryPrimitives.ReadUInt64LittleEndian(Body[at..]), BinaryPrimitives.ReadUInt64LittleEndian(Body[(at + 8)..]));
        }
    }

    private static ReadOnlySpan<byte> Terminated(ReadOnlySpan<byte> bytes) => bytes[..bytes.IndexOf((byte)0)];
}
