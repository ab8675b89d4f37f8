using System.IO.Compression;
using System.Security.Cryptography;
using Holdfast.Archiver;
using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>
/// The objects of a repository and of those that it borrows from, each proven by its own checksum. All that were there when the
/// capture began are in it, but for what git drops as unreachable meanwhile: docs/design.md, "Git".
/// </summary>
/// <param name="target">The folder <c>objects</c> in the snapshot.</param>
internal sealed class GitObjects(SourceWriter writer, string target, bool sha256)
{
    private const int ReadSize = 512 << 10;

    private const string NeverStill = "its packs never stand still; run this when less is going on";

    /// <summary>As git has it.</summary>
    private const int DeepestAlternate = 5;

    /// <summary>A gc would have to come between each two of so many readings.</summary>
    private const int Attempts = 1000;

    /// <summary>A pack is the first two; the others are of use with it.</summary>
    private static readonly string[] PackParts = [".pack", ".idx", ".rev", ".bitmap", ".keep", ".promisor", ".mtimes"];

    private readonly HashSet<string> _taken = [];

    /// <summary>The packs of each folder as they were read last.</summary>
    private readonly Dictionary<string, HashSet<string>> _packs = [];

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ReadSize);

    /// <summary>Bytes of all that was captured.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Whether a pack says that some of what it leads to is elsewhere: a partial clone.</summary>
    internal bool IsPartial { get; private set; }

    private HashAlgorithmName Algorithm => sha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1;

    /// <param name="folder">The folder <c>objects</c> on this machine.</param>
    /// <exception cref="InvalidDataException">Something in it is damaged.</exception>
    /// <exception cref="LinuxException"/>
    internal async Task CaptureAsync(string folder, CancellationToken cancellation)
    {
        // An object goes from loose to pack, and back where git unpacks what nobody leads to any more. It is missed where it moves
        // against the order of reading; so both are read until no pack has come or gone around the loose ones (D49).
        for (int i = 0; i < Attempts; i++)
        {
            if (await CaptureOnceAsync(folder, owner: null, depth: 0, cancellation).ConfigureAwait(false))
            {
                return;
            }
        }

        throw new InvalidDataException(NeverStill);
    }

    /// <param name="owner">Of the folder that borrows from this one.</param>
    /// <returns>Whether all packs are those of the time before.</returns>
    private async Task<bool> CaptureOnceAsync(string folder, uint? owner, int depth, CancellationToken cancellation)
    {
        using DirectoryHandle objects = DirectoryHandle.Open(folder);
        uint own = objects.Status().UserId;
        if (owner is not null && own != owner && own != 0)
        {
            throw new InvalidDataException($"it borrows objects from {PathText.Printable(folder)}, which belongs to neither its owner nor root; `git repack -ad` there makes them its own");
        }

        // Loose before packs before borrowed: that is the way most objects go.
        await CaptureLooseAsync(objects, cancellation).ConfigureAwait(false);
        bool still = await CapturePacksAsync(objects, folder, cancellation).ConfigureAwait(false);
        foreach (string other in Alternates(objects, folder))
        {
            if (depth == DeepestAlternate)
            {
                throw new InvalidDataException($"it borrows objects over more than {DeepestAlternate} steps, as {PathText.Printable(other)}");
            }

            still &= await CaptureOnceAsync(other, own, depth + 1, cancellation).ConfigureAwait(false);
        }

        return still;
    }

    private static List<string> Alternates(DirectoryHandle objects, string folder)
    {
        if (!objects.TryStatus("info"u8, out FileStatus status) || !status.IsDirectory)
        {
            return [];
        }

        using DirectoryHandle info = objects.OpenDirectory("info"u8);
        string text = PathText.Decode(GitFolder.TryReadFile(info, "alternates"u8) ?? []);
        return [.. text.Split('\n').Where(l => l.Length > 0 && l[0] != '#').Select(l => TargetPath.Clean(l, folder))];
    }

    private async Task CaptureLooseAsync(DirectoryHandle objects, CancellationToken cancellation)
    {
        foreach (byte[] first in objects.ReadNames().Where(n => n.Length == 2))
        {
            string start = PathText.Decode(first);
            if (!GitFolder.IsHash(start + new string('0', 38)) || TryOpen(objects, first) is not { } opened)
            {
                continue;
            }

            using DirectoryHandle folder = opened;
            foreach (byte[] rest in folder.ReadNames())
            {
                string name = PathText.Decode(rest);
                if (GitFolder.IsHash(start + name) && !_taken.Contains($"{start}/{name}"))
                {
                    await CaptureLooseAsync(folder, rest, start + name, cancellation).ConfigureAwait(false);
                }
            }
        }
    }

    private static DirectoryHandle? TryOpen(DirectoryHandle parent, byte[] name)
    {
        try
        {
            return parent.OpenDirectory(name);
        }
        catch (LinuxException e) when (e.IsMissing)
        {
            return null;
        }
    }

    private async Task CaptureLooseAsync(DirectoryHandle folder, byte[] name, string hash, CancellationToken cancellation)
    {
        LinuxFile file;
        try
        {
            file = folder.OpenFile(name);
        }
        catch (LinuxException e) when (e.IsMissing)
        {
            return; // It is in a pack now, or nobody needs it.
        }

        using (file)
        {
            if (HashOf(file) != hash)
            {
                throw new InvalidDataException($"its object {hash} is damaged ({PathText.Printable(file.Path)}); `git fsck --full` says who needs it");
            }

            await CopyAsync(file, file.Status().Size, $"{hash[..2]}/{hash[2..]}", null, cancellation).ConfigureAwait(false);
            _taken.Add($"{hash[..2]}/{hash[2..]}"); // not before: what is in a pack by now may come back as a file
        }
    }

    /// <summary>The hash of what a loose object unpacks to, which is its name; null where it does not unpack.</summary>
    private string? HashOf(LinuxFile file)
    {
        using var hash = IncrementalHash.CreateHash(Algorithm);
        using var content = new LooseObjectStream(file);
        using var plain = new ZLibStream(content, CompressionMode.Decompress);
        try
        {
            int count;
            while ((count = plain.Read(_buffer)) > 0)
            {
                hash.AppendData(_buffer.AsSpan(0, count));
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Opens all packs before it reads the first: what is open can be read, however often git packs anew meanwhile.</summary>
    /// <returns>Whether the packs are those of the last call for this folder.</returns>
    private async Task<bool> CapturePacksAsync(DirectoryHandle objects, string path, CancellationToken cancellation)
    {
        if (!objects.TryStatus("pack"u8, out FileStatus status) || !status.IsDirectory)
        {
            return true;
        }

        using DirectoryHandle folder = objects.OpenDirectory("pack"u8);
        HashSet<string> names = [];
        List<(string Name, LinuxFile File)>? open = null;
        for (int i = 0; open is null; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            open = i < Attempts ? TryOpenPacks(folder, out names) : throw new InvalidDataException(NeverStill);
        }

        bool still = _packs.TryGetValue(path, out HashSet<string>? before) && before.SetEquals(names);
        _packs[path] = names;
        try
        {
            foreach ((string name, LinuxFile file) in open)
            {
                bool isSummed = name.EndsWith(".pack", StringComparison.Ordinal) || name.EndsWith(".idx", StringComparison.Ordinal);
                using IncrementalHash? sum = isSummed ? IncrementalHash.CreateHash(Algorithm) : null;
                await CopyAsync(file, file.Status().Size, $"pack/{name}", sum, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            open.ForEach(f => f.File.Dispose());
        }

        return still;
    }

    /// <summary>The packs of one moment that are not captured yet; null where one went, or came, while they were opened.</summary>
    private List<(string Name, LinuxFile File)>? TryOpenPacks(DirectoryHandle folder, out HashSet<string> names)
    {
        HashSet<string> here = names = Names(folder);
        var open = new List<(string, LinuxFile)>();
        try
        {
            IEnumerable<string> packs = here.Where(n => n.EndsWith(".pack", StringComparison.Ordinal)).Select(n => n[..^5]).Where(n => here.Contains(n + ".idx"));
            foreach (string name in packs.Order(StringComparer.Ordinal).SelectMany(p => PackParts.Select(e => p + e)).Where(n => here.Contains(n) && !_taken.Contains($"pack/{n}")))
            {
                open.Add((name, folder.OpenFile(PathText.Encode(name))));
            }

            if (Names(folder).SetEquals(here))
            {
                open.ForEach(f => _taken.Add($"pack/{f.Item1}"));
                IsPartial |= here.Any(n => n.EndsWith(".promisor", StringComparison.Ordinal));
                return open;
            }
        }
        catch (LinuxException e) when (e.IsMissing)
        {
            // A new pack has what was in it.
        }

        open.ForEach(f => f.Item2.Dispose());
        return null;
    }

    /// <summary>Packs, without what is still being written.</summary>
    private static HashSet<string> Names(DirectoryHandle folder) =>
        [.. folder.ReadNames().Select(n => PathText.Decode(n)).Where(n => n.StartsWith("pack-", StringComparison.Ordinal))];

    /// <param name="sum">For a file that ends with the sum of all before.</param>
    private async Task CopyAsync(LinuxFile file, long length, string name, IncrementalHash? sum, CancellationToken cancellation)
    {
        using SourceFile copy = writer.CreateFile($"{target}/{name}", ChunkGrain.Coarse);
        long summed = length - (sha256 ? 32 : 20);
        byte[] end = [];
        int count;
        for (long at = 0; at < length; at += count)
        {
            count = file.ReadAt(_buffer.AsSpan(0, (int)Math.Min(ReadSize, length - at)), at);
            if (count == 0)
            {
                throw new InvalidDataException($"{PathText.Printable(file.Path)} became shorter");
            }

            ReadOnlyMemory<byte> part = _buffer.AsMemory(0, count);
            int body = (int)Math.Clamp(summed - at, 0, count);
            sum?.AppendData(part.Span[..body]);
            end = sum is null ? end : [.. end, .. part.Span[body..]];
            await copy.WriteAsync(part, cancellation).ConfigureAwait(false);
        }

        if (sum is not null && !sum.GetHashAndReset().AsSpan().SequenceEqual(end))
        {
            throw new InvalidDataException($"{PathText.Printable(file.Path)} is damaged; `git fsck --full` says what is lost");
        }

        await copy.CompleteAsync().ConfigureAwait(false);
        Bytes += length;
    }
}
