namespace Holdfast.Linux;

/// <summary>Memory as the kernel sees it.</summary>
public static unsafe class Pages
{
    private const int DontNeed = 4;

    /// <summary>Memory that begins at a page, and is never moved; what is not touched costs nothing.</summary>
    /// <param name="length">In bytes.</param>
    public static Memory<byte> Allocate(int length)
    {
        int page = Environment.SystemPageSize;
        byte[] array = GC.AllocateUninitializedArray<byte>(length + page, pinned: true);
        fixed (byte* start = array)
        {
            return array.AsMemory((int)(-(nint)start & (page - 1)), length);
        }
    }

    /// <summary>
    /// Gives the whole pages inside a buffer back to the kernel; their content is lost, and reads as zeros until it is
    /// written again. For large buffers that are kept, so that they cost memory only while they are full. Advice only.
    /// </summary>
    public static void Discard(Span<byte> buffer)
    {
        nint page = Environment.SystemPageSize;
        fixed (byte* start = buffer)
        {
            nint from = ((nint)start + page - 1) & -page;
            nint to = ((nint)start + buffer.Length) & -page;
            if (to > from)
            {
                _ = Native.MAdvise((byte*)from, to - from, DontNeed);
            }
        }
    }

    /// <summary>
    /// Memory that begins at a page, with a program in it that can be run and, like all else in there, read but not changed; it stays until the process ends.
    /// Null where the kernel does not give such memory: some policies do not (SELinux's <c>execmem</c>).
    /// </summary>
    internal static byte* Program(ReadOnlySpan<byte> content)
    {
        const int readWrite = 3;
        const int readExecute = 5;
        const int privateAnonymous = 0x22;
        byte* memory = Native.MMap(null, content.Length, readWrite, privateAnonymous, -1, 0);
        if ((nint)memory == -1)
        {
            return null;
        }

        content.CopyTo(new(memory, content.Length));
        if (Native.MProtect(memory, content.Length, readExecute) == 0)
        {
            return memory;
        }

        _ = Native.MUnmap(memory, content.Length);
        return null;
    }
}
