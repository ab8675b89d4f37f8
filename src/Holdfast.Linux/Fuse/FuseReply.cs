using System.Buffers;
using System.Buffers.Binary;

namespace Holdfast.Linux;

/// <summary>The answer to a request, put together in one pooled buffer: <c>struct fuse_out_header</c>, and what follows it.</summary>
public sealed class FuseReply : IDisposable
{
    /// <summary>The most that one read asks for, in bytes: 256 pages, as <c>max_pages</c> can be at most.</summary>
    internal const int MaxReadPages = 256;

    private const int HeaderLength = 16;
    private const int EntryLength = 40;
    private const int AttributesLength = 88;
    private const int DirectoryEntryLength = 24;
    private const int BlockLength = 512;
    private const uint IoSize = 128 * 1024;

    /// <summary>The version of the protocol that is spoken here: 7.31, of Linux 5.2. Kernels speak older ones to older file systems.</summary>
    private const uint Major = 7;
    private const uint Minor = 31;
    private const uint FirstWithLongInitialize = 23;

    /// <summary>Reads beside each other, lookups beside each other, and reads of <see cref="MaxReadPages"/>: FUSE_ASYNC_READ, FUSE_PARALLEL_DIROPS, FUSE_MAX_PAGES.</summary>
    private const uint WantedFlags = 1 | (1 << 18) | (1 << 22);

    private readonly ulong _unique;
    private readonly byte[] _buffer;
    private int _length = HeaderLength;

    /// <param name="room">Bytes that may follow the header.</param>
    public FuseReply(ulong unique, int room = 256)
    {
        _unique = unique;
        _buffer = ArrayPool<byte>.Shared.Rent(HeaderLength + room);
    }

    /// <summary>What may still be written, to be followed by <see cref="Advance"/>.</summary>
    public Memory<byte> Rest => _buffer.AsMemory(_length);

    public void Advance(int count) => _length += count;

    public void PutBytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Rest.Span);
        _length += bytes.Length;
    }

    /// <summary>What a lookup found.</summary>
    /// <param name="valid">How long the kernel may believe it, in whole seconds.</param>
    public void PutEntry(ulong nodeId, in FuseAttributes attributes, TimeSpan valid)
    {
        Span<byte> entry = Take(EntryLength);
        BinaryPrimitives.WriteUInt64LittleEndian(entry, nodeId);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], (ulong)valid.TotalSeconds);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[24..], (ulong)valid.TotalSeconds);
        PutAttributes(attributes);
    }

    /// <summary>The answer to <see cref="FuseOperation.GetAttributes"/>.</summary>
    public void PutAttributes(in FuseAttributes attributes, TimeSpan valid)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Take(16), (ulong)valid.TotalSeconds);
        PutAttributes(attributes);
    }

    /// <summary>The answer to opening.</summary>
    /// <param name="keepsCache">What the kernel has of the file from before is still right.</param>
    public void PutOpened(ulong handle, bool keepsCache)
    {
        Span<byte> opened = Take(16);
        BinaryPrimitives.WriteUInt64LittleEndian(opened, handle);
        BinaryPrimitives.WriteUInt32LittleEndian(opened[8..], keepsCache ? 2u : 0);
    }

    /// <summary>Appends a name to the listing of a folder; false where there is no room left for it.</summary>
    /// <param name="next">The offset at which reading goes on behind this name.</param>
    public bool TryPutName(ulong inode, FileKind kind, ReadOnlySpan<byte> name, ulong next, int room)
    {
        int padded = (DirectoryEntryLength + name.Length + 7) & ~7;
        if (_length - HeaderLength + padded > room)
        {
            return false;
        }

        Span<byte> entry = Take(padded);
        BinaryPrimitives.WriteUInt64LittleEndian(entry, inode);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], next);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], (uint)name.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[20..], (uint)kind >> 12);
        name.CopyTo(entry[DirectoryEntryLength..]);
        return true;
    }

    /// <summary>How long an extended attribute is, or the list of them.</summary>
    public void PutAttributeLength(int length) => BinaryPrimitives.WriteUInt32LittleEndian(Take(8), (uint)length);

    /// <summary>The answer to <c>statfs</c>: nothing is free here, and names are as long as Linux has them.</summary>
    public void PutStatFs()
    {
        Span<byte> status = Take(80);
        BinaryPrimitives.WriteUInt32LittleEndian(status[40..], BlockLength);
        BinaryPrimitives.WriteUInt32LittleEndian(status[44..], 255);
        BinaryPrimitives.WriteUInt32LittleEndian(status[48..], BlockLength);
    }

    /// <summary>The answer to the first request, by which the two sides agree on how to talk.</summary>
    public void PutInitialized(FuseRequest request)
    {
        Span<byte> init = Take(request.Minor < FirstWithLongInitialize ? 24 : 64);
        BinaryPrimitives.WriteUInt32LittleEndian(init, Major);
        BinaryPrimitives.WriteUInt32LittleEndian(init[4..], Math.Min(request.Minor, Minor));
        BinaryPrimitives.WriteUInt32LittleEndian(init[8..], request.MaxReadAhead);
        BinaryPrimitives.WriteUInt32LittleEndian(init[12..], request.Flags & WantedFlags);
        BinaryPrimitives.WriteUInt16LittleEndian(init[16..], 16); // read-aheads that the kernel may have waiting
        BinaryPrimitives.WriteUInt16LittleEndian(init[18..], 12);
        BinaryPrimitives.WriteUInt32LittleEndian(init[20..], 4096); // the least there is: nobody writes
        if (init.Length > 24)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(init[24..], 1); // times are true to the nanosecond
            BinaryPrimitives.WriteUInt16LittleEndian(init[28..], MaxReadPages);
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    internal ReadOnlySpan<byte> Complete()
    {
        WriteHeader(_buffer, _length, Errno.None, _unique);
        return _buffer.AsSpan(0, _length);
    }

    internal static void WriteHeader(Span<byte> target, int length, Errno error, ulong unique)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)length);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], -(int)error);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], unique);
    }

    private void PutAttributes(in FuseAttributes attributes)
    {
        Span<byte> attr = Take(AttributesLength);
        BinaryPrimitives.WriteUInt64LittleEndian(attr, attributes.Inode);
        BinaryPrimitives.WriteUInt64LittleEndian(attr[8..], attributes.Size);
        BinaryPrimitives.WriteUInt64LittleEndian(attr[16..], (attributes.Size / BlockLength) + (attributes.Size % BlockLength > 0 ? 1u : 0));
        BinaryPrimitives.WriteInt64LittleEndian(attr[24..], attributes.AccessTime.Seconds);
        BinaryPrimitives.WriteInt64LittleEndian(attr[32..], attributes.ModifyTime.Seconds);
        BinaryPrimitives.WriteInt64LittleEndian(attr[40..], attributes.ChangeTime.Seconds);
        BinaryPrimitives.WriteInt32LittleEndian(attr[48..], attributes.AccessTime.Nanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(attr[52..], attributes.ModifyTime.Nanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(attr[56..], attributes.ChangeTime.Nanoseconds);
        BinaryPrimitives.WriteUInt32LittleEndian(attr[60..], (uint)attributes.Kind | attributes.Permissions);
        BinaryPrimitives.WriteUInt32LittleEndian(attr[64..], attributes.Links);
        BinaryPrimitives.WriteUInt32LittleEndian(attr[68..], attributes.UserId);
        BinaryPrimitives.WriteUInt32LittleEndian(attr[72..], attributes.GroupId);
        BinaryPrimitives.WriteUInt32LittleEndian(attr[76..], unchecked((uint)attributes.Device)); // as far as the protocol has room, glibc's numbering is the kernel's
        BinaryPrimitives.WriteUInt32LittleEndian(attr[80..], IoSize);
    }

    private Span<byte> Take(int length)
    {
        Span<byte> taken = Rest.Span[..length];
        taken.Clear();
        _length += length;
        return taken;
    }
}
