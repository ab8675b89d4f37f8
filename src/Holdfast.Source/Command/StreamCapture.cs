using System.Security.Cryptography;
using System.Text;
using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>A stream on its way into a file of the snapshot. Disposed of before <see cref="CompleteAsync"/>, there is no file.</summary>
/// <param name="producer">Whom messages blame.</param>
internal sealed class StreamCapture(SourceFile file, string producer, string? endMarker) : IDisposable
{
    private const int TailSize = 4096;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _tail = [];

    internal ValueTask AddAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        _hash.AppendData(content.Span);
        if (endMarker is not null)
        {
            byte[] both = [.. _tail, .. content.Span[Math.Max(0, content.Length - TailSize)..]];
            _tail = both[Math.Max(0, both.Length - TailSize)..];
        }

        return file.WriteAsync(content, cancellation);
    }

    /// <exception cref="BackupException">Kind Source: it is empty, or has no end.</exception>
    internal async Task CompleteAsync(SourceWriter writer)
    {
        if (file.Length == 0)
        {
            throw new BackupException(BackupErrorKind.Source, $"{producer} wrote nothing; let it write at least a line where there is truly nothing to keep");
        }

        if (endMarker is not null && _tail.AsSpan().IndexOf(Encoding.UTF8.GetBytes(endMarker)) < 0)
        {
            throw new BackupException(
                BackupErrorKind.Source, $"what {producer} wrote has no '{endMarker}' in its last {TailSize} bytes of {file.Length}: it was cut short, or the end marker is another");
        }

        await file.CompleteAsync().ConfigureAwait(false);
        writer.Add(new("stream", Path.GetFileName(file.Path)) { Path = file.Path, Bytes = file.Length, Checksum = Convert.ToHexStringLower(_hash.GetHashAndReset()) });
    }

    public void Dispose() => _hash.Dispose();
}
