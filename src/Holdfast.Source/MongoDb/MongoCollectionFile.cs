using System.Buffers.Binary;
using System.Security.Cryptography;
using Holdfast.Archiver;

namespace Holdfast.Source;

/// <summary>The documents of one collection on their way into a file. Disposed of before <see cref="CompleteAsync"/>, there is none.</summary>
internal sealed class MongoCollectionFile(SourceFile file, string name) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Crc64 _sum = new();
    private long _documents;

    internal async ValueTask AddAsync(MongoArchiveReader reader, int length, CancellationToken cancellation)
    {
        _documents++;
        await reader.PassAsync(length, AddAsync, cancellation).ConfigureAwait(false);

        ValueTask AddAsync(ReadOnlyMemory<byte> part)
        {
            _hash.AppendData(part.Span);
            _sum.Append(part.Span);
            return file.WriteAsync(part, cancellation);
        }
    }

    /// <param name="sum">What the archive says that the documents sum up to.</param>
    /// <exception cref="InvalidDataException">They do not.</exception>
    internal async Task<ManifestItem> CompleteAsync(long sum)
    {
        if (_sum.Value != sum)
        {
            throw new InvalidDataException($"the documents of {name} are not those that were sent: their checksum differs");
        }

        await file.CompleteAsync().ConfigureAwait(false);
        return new("collection", name) { Path = file.Path, Rows = _documents, Bytes = file.Length, Checksum = Convert.ToHexStringLower(_hash.GetHashAndReset()) };
    }

    public void Dispose()
    {
        _hash.Dispose();
        file.Dispose();
    }
}
