using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// Reads packs and proves every byte of them: name, header, and each blob. Keeps its memory, that of a window and of one
/// blob; one thread at a time.
/// </summary>
internal sealed class PackReader(IndexedRepository repository) : IDisposable
{
    /// <summary>Nine in ten blobs are shorter.</summary>
    private const int UsualBlob = 2 << 20;

    private readonly PackWindow _window = new(repository.Repository.Backend);
    private byte[] _plain = [];

    /// <summary>Told of a pack that was bad at the first reading and good at the second: no damage of it, but of something on the way.</summary>
    internal Action<string>? OnDoubt { get; init; }

    /// <summary>What is wrong with a pack, sentence by sentence; <paramref name="damaged"/> is told which blobs cannot be read from it.</summary>
    /// <remarks>A pack is called damaged only where a second reading says so, too.</remarks>
    /// <param name="expected">What the index says is in it.</param>
    internal async Task<List<string>> FindDamageAsync(
        BackendEntry pack, IReadOnlyList<PackEntry> expected, Action<BlobHandle> damaged, CancellationToken cancellation)
    {
        var blobs = new List<BlobHandle>();
        List<string> problems = await ReadOnceAsync(pack, expected, blobs.Add, cancellation).ConfigureAwait(false);
        if (problems.Count == 0)
        {
            return problems;
        }

        string first = problems[0];
        blobs.Clear();
        problems = await ReadOnceAsync(pack, expected, blobs.Add, cancellation).ConfigureAwait(false);
        if (problems.Count == 0)
        {
            OnDoubt?.Invoke($"{first}; but a second reading found it good: the storage, or the way to it, is not to be trusted");
        }

        blobs.ForEach(damaged);
        return problems;
    }

    public void Dispose() => _window.Dispose();

    private async Task<List<string>> ReadOnceAsync(
        BackendEntry pack, IReadOnlyList<PackEntry> expected, Action<BlobHandle> damaged, CancellationToken cancellation)
    {
        var id = new PackId(Hash256.Parse(pack.File.Name));
        if (pack.Size > Limits.Pack)
        {
            return [$"pack {id} has {pack.Size} bytes, more than any valid pack"];
        }

        try
        {
            var problems = new List<string>();
            await ExamineAsync(id, pack, expected, damaged, problems, cancellation).ConfigureAwait(false);
            await CompareHeaderAsync(id, pack.Size, expected, problems, cancellation).ConfigureAwait(false);
            return problems;
        }
        catch (BackupException e) when (e.Kind is BackupErrorKind.NotFound or BackupErrorKind.Unreachable)
        {
            foreach (PackEntry entry in expected)
            {
                damaged(entry.Blob);
            }

            return [$"pack {id} cannot be read: {e.Message}"];
        }
    }

    private async Task ExamineAsync(
        PackId id, BackendEntry pack, IReadOnlyList<PackEntry> expected, Action<BlobHandle> damaged, List<string> problems, CancellationToken cancellation)
    {
        _window.Begin(pack.File);
        long passed = 0;
        BlobCodec codec = repository.Repository.RentCodec();
        try
        {
            foreach (PackEntry entry in expected.OrderBy(e => e.Location.Offset))
            {
                BlobLocation place = entry.Location;
                string? problem = $"the index says that two blobs share byte {place.Offset} of pack {id}";
                if (place.Offset >= passed)
                {
                    passed = place.Offset + (long)place.Length;
                    Memory<byte> message = await _window.TakeAsync(place.Offset, (int)place.Length, cancellation).ConfigureAwait(false);
                    problem = message.Length < place.Length ? $"pack {id} ends before byte {passed}" : Decode(entry, message.Span, codec);
                }

                if (problem is not null)
                {
                    damaged(entry.Blob);
                    problems.Add($"{problem}: {entry.Blob}");
                }
            }
        }
        finally
        {
            repository.Repository.ReturnCodec(codec);
        }

        (_, Hash256 hash) = await _window.FinishAsync(cancellation).ConfigureAwait(false);
        if (hash != id.Hash)
        {
            problems.Insert(0, $"pack {id} is damaged: its content does not match its name");
        }
    }

    private string? Decode(in PackEntry entry, Span<byte> message, BlobCodec codec)
    {
        int length = (int)entry.Location.PlainLength;
        if (_plain.Length < length)
        {
            // At once for the largest chunk: memory that is never touched costs nothing.
            _plain = GC.AllocateUninitializedArray<byte>(Math.Max(length, Chunker.MaxSize));
        }

        string? problem = IndexedRepository.Decode(entry.Blob, entry.Location, message, _plain.AsSpan(0, length), codec);
        if (length > UsualBlob)
        {
            Pages.Discard(_plain.AsSpan(UsualBlob));
        }

        return problem;
    }

    private async Task CompareHeaderAsync(
        PackId id, long size, IReadOnlyList<PackEntry> expected, List<string> problems, CancellationToken cancellation)
    {
        try
        {
            HashSet<PackEntry> header = [.. await PackHeader.LoadAsync(
                repository.Repository, id, size, PackHeader.SealedLength(expected), cancellation).ConfigureAwait(false)];
            if (!header.SetEquals(expected))
            {
                problems.Add($"pack {id} and the index do not agree on what is in it");
            }
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Corrupt)
        {
            problems.Add(e.Message);
        }
    }
}
