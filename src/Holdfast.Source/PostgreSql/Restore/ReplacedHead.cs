using System.Text;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>Passes on what is written, with another beginning.</summary>
/// <param name="inner">Gets it.</param>
internal sealed class ReplacedHead(Stream inner, string expected, string other) : Stream
{
    private readonly byte[] _expected = Encoding.UTF8.GetBytes(expected);
    private int _seen;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int head = Math.Min(buffer.Length, _expected.Length - _seen);
        if (head > 0)
        {
            if (!buffer.Span[..head].SequenceEqual(_expected.AsSpan(_seen, head)))
            {
                throw BackupException.Corrupt($"the rows do not begin with {expected}");
            }

            _seen += head;
            if (_seen == _expected.Length)
            {
                await inner.WriteAsync(Encoding.UTF8.GetBytes(other), cancellationToken).ConfigureAwait(false);
            }
        }

        await inner.WriteAsync(buffer[head..], cancellationToken).ConfigureAwait(false);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
