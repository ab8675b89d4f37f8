using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <content>Reading and writing past the page cache.</content>
public sealed unsafe partial class LinuxFile
{
    /// <summary>What the kernel reads ahead, as it is installed.</summary>
    private const int ReadAhead = 128 << 10;

    private const int DontNeed = 4;
    private const int GetFlags = 3;
    private const int SetFlags = 4;

    /// <summary>O_DIRECT has another value on arm64 than elsewhere.</summary>
    private static readonly int DirectFlag = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x10000 : 0x4000;

    /// <summary>
    /// Writes all of the data at the current position, its whole pages straight to the disk where file system and alignment
    /// allow it: from memory of <see cref="Pages.Allocate"/>, at a position that is a multiple of a page. What a backup
    /// writes is not read again soon; through the cache it would cost a copy, and push out what the machine works with.
    /// </summary>
    /// <exception cref="LinuxException"/>
    public void WritePastCache(ReadOnlySpan<byte> data)
    {
        int direct = WriteWholePages(data[..(data.Length & -Environment.SystemPageSize)], null);
        Write(data[direct..]);
    }

    /// <summary>
    /// Writes all of the data at an offset, the whole pages of the file straight to the disk where file system and alignment
    /// allow it: from memory as far behind the begin of a page as the offset is. Not from several threads at once.
    /// </summary>
    /// <exception cref="LinuxException"/>
    public void WriteAtPastCache(ReadOnlySpan<byte> data, long offset)
    {
        int page = Environment.SystemPageSize;
        int head = (int)Math.Min(data.Length, -offset & (page - 1));
        int direct = WriteWholePages(data.Slice(head, (data.Length - head) & -page), offset + head);
        WriteAt(data[..head], offset);
        WriteAt(data[(head + direct)..], offset + head + direct);
    }

    /// <summary>Whether the page at an offset is in the page cache, or nobody can tell: a read of it would not wait for the disk.</summary>
    public bool MayBeCached(long offset)
    {
        if (CachedPages(offset, 1) is { } pages)
        {
            return pages > 0;
        }

        // This begins to read the page, and finds it there where the disk was faster than the question.
        const int NoWait = 8;
        byte first;
        var part = new Native.Part { Start = &first, Length = 1 };
        return Native.PReadV2(Descriptor, &part, 1, offset, NoWait) >= 0 || Marshal.GetLastPInvokeError() != (int)Errno.TryAgain;
    }

    /// <summary>How many pages of a stretch are in the page cache, or on their way there; null before Linux 6.5, and where this user may not ask.</summary>
    private long? CachedPages(long offset, long length)
    {
        const long CacheStat = 451; // the same on all processors
        long* range = stackalloc long[2] { offset, length };
        long* counts = stackalloc long[5];
        return Native.CacheStat(CacheStat, Descriptor, range, counts, 0) == 0 ? counts[0] : null;
    }

    /// <summary>
    /// Reads at an offset until the buffer is full or the file ends: straight from the disk where file system and alignment
    /// allow it, from an offset that is a multiple of a page into memory of <see cref="Pages.Allocate"/>. For what
    /// <see cref="MayBeCached"/> has denied. Returns the number of bytes read. Not from several threads at once.
    /// </summary>
    /// <exception cref="LinuxException"/>
    public int ReadAtPastCache(Span<byte> buffer, long offset)
    {
        int page = Environment.SystemPageSize;
        int direct = 0;
        fixed (byte* start = buffer)
        {
            int whole = buffer.Length & -page;
            if (whole > 0 && (offset & (page - 1)) == 0 && ((nint)start & (page - 1)) == 0 && TrySwitchDirect(true))
            {
                while (direct < whole && (direct & (page - 1)) == 0)
                {
                    nint count = Native.PRead(Descriptor, start + direct, whole - direct, offset + direct);
                    if (count == 0 || (count < 0 && Marshal.GetLastPInvokeError() == (int)Errno.InvalidArgument))
                    {
                        break; // the end, or not on this file system
                    }

                    direct += count > 0 ? (int)count : Interrupted("read");
                }

                TrySwitchDirect(false);

                // To be asked by a read whether it has the first page makes the kernel read on from there: the next to come would find it.
                _ = Native.FAdvise(Descriptor, offset, ReadAhead, DontNeed);
            }
        }

        return direct + ReadAt(buffer[direct..], offset + direct);
    }

    /// <summary>Writes until the end, or to where the kernel wants the rest by the usual way; returns how much is written.</summary>
    /// <param name="offset">Null for the current position.</param>
    private int WriteWholePages(ReadOnlySpan<byte> data, long? offset)
    {
        if (data.IsEmpty || !TrySwitchDirect(true))
        {
            return 0;
        }

        int written = 0;
        fixed (byte* start = data)
        {
            while (written < data.Length && (written & (Environment.SystemPageSize - 1)) == 0)
            {
                nint count = offset is { } at
                    ? Kernel.WriteAt(Descriptor, start + written, data.Length - written, at + written)
                    : Kernel.Write(Descriptor, start + written, data.Length - written);
                if (count < 0 && Marshal.GetLastPInvokeError() == (int)Errno.InvalidArgument)
                {
                    break; // not from this memory, or not on this file system
                }

                written += count >= 0 ? (int)count : Interrupted("write");
            }
        }

        TrySwitchDirect(false);
        return written;
    }

    private bool TrySwitchDirect(bool on)
    {
        int flags = Native.FCntl(Descriptor, GetFlags, 0);
        return flags >= 0 && Native.FCntl(Descriptor, SetFlags, on ? flags | DirectFlag : flags & ~DirectFlag) == 0;
    }
}
