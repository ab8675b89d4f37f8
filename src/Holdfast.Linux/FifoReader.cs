namespace Holdfast.Linux;

/// <summary>
/// Reads a FIFO from the moment somebody opens it for writing until all who did are gone. A reader cannot see whether the
/// writer was done or died.
/// </summary>
/// <param name="fifo">Opened without blocking.</param>
/// <param name="patience">How long nothing may come, at the beginning and between two reads.</param>
public sealed class FifoReader(LinuxFile fifo, TimeSpan patience, TimeProvider time)
{
    /// <summary>How long an interruption may have to wait, in milliseconds.</summary>
    private const int Slice = 100;

    /// <summary>Waits for something to read; 0 bytes are the end.</summary>
    /// <returns>False where nothing came in time.</returns>
    /// <exception cref="LinuxException"/>
    public bool TryRead(Span<byte> buffer, CancellationToken cancellation, out int count)
    {
        long start = time.GetTimestamp();
        do
        {
            cancellation.ThrowIfCancellationRequested();

            // A read before a writer came finds the end; only the kernel's word that there is something to read tells the two apart.
            if (fifo.WaitForInput(Slice) && fifo.TryRead(buffer) is { } read)
            {
                count = read;
                return true;
            }
        }
        while (time.GetElapsedTime(start) < patience);
        count = 0;
        return false;
    }
}
