using Microsoft.Win32.SafeHandles;

namespace Holdfast.DataSet;

/// <summary>
/// Another file with something inserted every eight megabytes or so: all that follows an insertion is old, but nothing lies
/// where it was, so only cutting by content finds it again.
/// </summary>
internal sealed class NearCopy(string path, RepeatableRandom random) : IContent, IDisposable
{
    private readonly SafeFileHandle _original = File.OpenHandle(path);
    private readonly IContent _inserted = ContentKind.Table.Open(random);
    private long _at;
    private int _untilInsertion;
    private int _insertionLeft;

    public void Fill(Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int length = _insertionLeft > 0 ? Insert(destination) : Copy(destination);
            destination = destination[length..];
        }
    }

    public void Dispose() => _original.Dispose();

    private int Insert(Span<byte> destination)
    {
        int length = Math.Min(_insertionLeft, destination.Length);
        _inserted.Fill(destination[..length]);
        _insertionLeft -= length;
        return length;
    }

    private int Copy(Span<byte> destination)
    {
        if (_untilInsertion == 0)
        {
            _untilInsertion = 1 + random.Below(16 << 20);
            _insertionLeft = 1 + random.Below(1024);
            return 0;
        }

        int length = RandomAccess.Read(_original, destination[..Math.Min(_untilInsertion, destination.Length)], _at);
        if (length == 0)
            throw new EndOfStreamException($"{path} ended before its copy was long enough.");
        _at += length;
        _untilInsertion -= length;
        return length;
    }
}
