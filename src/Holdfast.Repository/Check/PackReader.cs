using System.Buffers.Binary;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Reads a whole pack and proves every byte of it: its name, its header, and each blob. Keeps its memory; one thread at a time.</summary>
internal sealed class PackReader(IndexedRepository repository)
{
    private byte[] _content = [];
    private byte[] _plain = [];

    /// <summary>What is wrong with a pack, sentence by sentence; <paramref name="damaged"/> is told which blobs cannot be read from it.</summary>
    /// <param name="expected">What the index says is in it.</param>
    internal async Task<List<string>> FindDamageAsync(
        BackendEntry pack, IReadOnlyList<PackEntry> expected, Action<BlobHandle> damaged, CancellationToken cancellation)
    {
        var id = new PackId(Hash256.Parse(pack.File.Name));
        if (pack.Size > Array.MaxLength)
        {
            return [$"pack {id} has {pack.Size} bytes, more than any valid pack"];
        }

        Grow(ref _content, (int)pack.Size);
        BlobCodec codec = repository.Repository.RentCodec();
        try
        {
            int read = await repository.Repository.Backend.ReadAsync(pack.File, 0, _content.AsMemory(0, (int)pack.Size), cancellation).ConfigureAwait(false);
            return Examine(id, _content.AsSpan(0, read), expected, codec, damaged);
        }
        catch (BackupException e) when (e.Kind is BackupErrorKind.NotFound or BackupErrorKind.Unreachable)
        {
            foreach (PackEntry entry in expected)
            {
                damaged(entry.Blob);
            }

            return [$"pack {id} cannot be read: {e.Message}"];
        }
        finally
        {
            repository.Repository.ReturnCodec(codec);
        }
    }

    private List<string> Examine(PackId id, Span<byte> content, IReadOnlyList<PackEntry> expected, BlobCodec codec, Action<BlobHandle> damaged)
    {
        var problems = new List<string>();
        if (Hash256.Of(content) != id.Hash)
        {
            problems.Add($"pack {id} is damaged: its content does not match its name");
        }

        CompareHeader(id, content, expected, codec, problems);
        foreach (PackEntry entry in expected)
        {
            BlobLocation place = entry.Location;
            string? problem = $"pack {id} ends before byte {place.Offset + (long)place.Length}";
            if (place.Offset + (long)place.Length <= content.Length)
            {
                int length = (int)place.PlainLength;
                Grow(ref _plain, length);
                problem = IndexedRepository.Decode(
                    entry.Blob, place, content.Slice((int)place.Offset, (int)place.Length), _plain.AsSpan(0, length), codec);
            }

            if (problem is not null)
            {
                damaged(entry.Blob);
                problems.Add($"{problem}: {entry.Blob}");
            }
        }

        return problems;
    }

    private static void Grow(ref byte[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            // With some room, so that packs of nearly the same size do not each need a new one.
            buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(length + (length / 2L) + (1 << 20), Array.MaxLength));
        }
    }

    private static void CompareHeader(PackId id, ReadOnlySpan<byte> content, IReadOnlyList<PackEntry> expected, BlobCodec codec, List<string> problems)
    {
        try
        {
            HashSet<PackEntry> header = [.. ReadHeader(id, content, codec)];
            if (!header.SetEquals(expected))
            {
                problems.Add($"pack {id} and the index do not agree on what is in it");
            }
        }
        catch (BackupException e)
        {
            problems.Add(e.Message);
        }
    }

    private static List<PackEntry> ReadHeader(PackId id, ReadOnlySpan<byte> content, BlobCodec codec)
    {
        if (content.Length < PackHeader.LengthField + Sealer.Overhead)
        {
            throw PackHeader.Damaged(id, "it is too short");
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(content[^PackHeader.LengthField..]);
        if (length < Sealer.Overhead || length > Limits.PackHeader || length > content.Length - PackHeader.LengthField)
        {
            throw PackHeader.Damaged(id, "its header has an impossible length");
        }

        int start = content.Length - PackHeader.LengthField - (int)length;
        byte[] message = content.Slice(start, (int)length).ToArray();
        return codec.Sealer.TryOpenInPlace(message)
            ? PackHeader.Read(message.AsSpan()[Sealer.IvLength..^Linux.Poly1305.TagLength], id, start)
            : throw PackHeader.Damaged(id, "the authentication code of its header does not match");
    }
}
