using System.Runtime.InteropServices;
using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Cli.Look;

/// <summary>Counts files and bytes in snapshots, in one of restic's four ways.</summary>
internal sealed class SnapshotCount(IndexedRepository repository, TreeWalk walk, string mode)
{
    private readonly HashSet<Hash256> _contents = [];
    private readonly Dictionary<string, HashSet<BlobId>> _blobsOfFiles = [];
    private readonly HashSet<BlobHandle> _blobs = [];
    private ulong _size;
    private ulong _plainSize;
    private ulong _compressedSize;
    private ulong _compressedPlainSize;
    private ulong _files;
    private ulong _blobCount;

    internal int Snapshots { get; private set; }

    internal long Nodes { get; private set; }

    internal Task AddAsync(StoredSnapshot stored, CancellationToken cancellation)
    {
        if (stored.Snapshot.Tree is not { } root)
        {
            walk.Report(BackupException.Corrupt($"snapshot {stored.Id} has no tree"));
            return Task.CompletedTask;
        }

        Snapshots++;
        if (mode == "raw-data")
        {
            return walk.RunAsync(root, "/", AddBlobs, cancellation, (tree, _) => _blobs.Add(tree));
        }

        var linked = new HashSet<LinkIdentity>();
        return walk.RunAsync(
            root, "/",
            met =>
            {
                Nodes++;
                if (mode == "restore-size")
                {
                    AddFile(met.Node, linked);
                }
                else
                {
                    AddContent(met.Path, met.Node);
                }

                return true;
            },
            cancellation);
    }

    /// <summary>After the last snapshot.</summary>
    internal void End()
    {
        foreach (BlobHandle blob in _blobs)
        {
            if (!TryFind(blob, out BlobLocation place))
            {
                continue;
            }

            _blobCount++;
            _size += place.Length;
            if (!repository.Repository.Config.CanCompress)
            {
                continue;
            }

            // What encryption adds is counted on both sides, so that the ratio is that of compression alone.
            ulong plain = place.IsCompressed ? place.UncompressedLength + (ulong)EncryptionOverhead : place.Length;
            _plainSize += plain;
            if (place.IsCompressed)
            {
                _compressedSize += place.Length;
                _compressedPlainSize += plain;
            }
        }
    }

    internal RepositoryStatistics Result() => new(
        _size,
        NonZero(_plainSize),
        _compressedSize > 0 ? (double)_compressedPlainSize / _compressedSize : null,
        _compressedPlainSize > 0 ? (double)_compressedPlainSize / _plainSize * 100 : null,
        _plainSize > 0 && _plainSize != _size ? (1 - ((double)_size / _plainSize)) * 100 : null,
        NonZero(_files), NonZero(_blobCount), Snapshots);

    /// <summary>Initialisation vector and authentication code, in bytes.</summary>
    private const int EncryptionOverhead = 32;

    private static ulong? NonZero(ulong value) => value == 0 ? null : value;

    private bool AddBlobs(Met met)
    {
        Nodes++;
        foreach (BlobId blob in met.Node.Type == NodeType.File ? met.Node.Content ?? [] : [])
        {
            _blobs.Add(blob);
        }

        return true;
    }

    /// <remarks>Every node counts as a file, folders too, as in restic.</remarks>
    private void AddFile(Node node, HashSet<LinkIdentity> linked)
    {
        _files++;
        if (node.Links == 1 || node.Type == NodeType.Dir || node.Inode == 0 || linked.Add(LinkIdentity.Of(node)))
        {
            _size += node.Size;
        }
    }

    private void AddContent(string path, Node node)
    {
        if (!_contents.Add(Hash256.Of(MemoryMarshal.AsBytes((node.Content ?? []).AsSpan()))))
        {
            return;
        }

        if (mode == "files-by-contents")
        {
            _files++;
            _size += node.Size;
            return;
        }

        foreach (BlobId blob in node.Content ?? [])
        {
            if (!_blobsOfFiles.TryGetValue(path, out HashSet<BlobId>? known))
            {
                _blobsOfFiles.Add(path, known = []);
                _files++;
            }

            if (known.Add(blob) && TryFind(blob, out BlobLocation place))
            {
                _size += place.PlainLength;
                _blobCount++;
            }
        }
    }

    private bool TryFind(BlobHandle blob, out BlobLocation place)
    {
        bool found = repository.Index.TryFind(blob, out place);
        if (!found)
        {
            walk.Report(BackupException.Corrupt($"{blob} ({blob.Hash}) is in no index: the repository is damaged"));
        }

        return found;
    }
}
