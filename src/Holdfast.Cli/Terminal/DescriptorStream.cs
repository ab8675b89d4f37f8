using Holdfast.Linux;

namespace Holdfast.Cli.Terminal;

/// <summary>
/// Writes to standard output or error, or to any file. The runtime's own streams say nothing where the reader has gone
/// away; this one fails, so that `holdfast ls latest | head` ends when head does.
/// </summary>
/// <param name="isVital">Whether what cannot be written is a failure; where not, it is dropped.</param>
internal sealed class DescriptorStream(LinuxFile file, bool isVital = true) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int count;
            try
            {
                count = file.WriteSome(buffer);
            }
            catch (LinuxException) when (!isVital)
            {
                return;
            }

            buffer = buffer[count..];
            if (count == 0)
            {
                Thread.Sleep(5); // somebody made the terminal or pipe non-blocking, and it is full
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <remarks>A reader that stops reading holds up a write for ever; whoever cancels need not wait for it, and can still release locks.</remarks>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        await Task.Run(() => Write(buffer.Span), cancellationToken).WaitAsync(cancellationToken);

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
