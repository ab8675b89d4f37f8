using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Cli.Look;

/// <summary>The blobs and trees that a user looks for, by whole ids, by the beginnings of ids, or by the packs that hold them.</summary>
internal sealed class WantedObjects
{
    private readonly HashSet<BlobHandle> _whole = [];
    private readonly List<(BlobType Type, string Beginning)> _beginnings = [];

    internal bool HasBlobs { get; private init; }

    internal bool HasTrees { get; private init; }

    internal static WantedObjects Of(string[] ids, bool areBlobs, bool areTrees, BlobIndex index)
    {
        if (!areBlobs && !areTrees)
        {
            return OfPacks(ids, index);
        }

        var wanted = new WantedObjects { HasBlobs = areBlobs, HasTrees = areTrees };
        BlobType type = areTrees ? BlobType.Tree : BlobType.Data;
        foreach (string id in ids)
        {
            // A whole id need not be in the index: which files lack a lost blob is asked for too.
            if (Hash256.TryParse(id, out Hash256 hash))
            {
                wanted._whole.Add(new(type, hash));
            }
            else
            {
                wanted._beginnings.Add((type, id.ToLowerInvariant()));
            }
        }

        return wanted;
    }

    internal bool Contains(BlobHandle blob) =>
        _whole.Contains(blob)
        || (_beginnings.Count > 0 && blob.Hash.ToString() is var hex && _beginnings.Exists(b => b.Type == blob.Type && hex.StartsWith(b.Beginning, StringComparison.Ordinal)));

    private static WantedObjects OfPacks(string[] ids, BlobIndex index)
    {
        var packs = new HashSet<PackId>();
        foreach (string id in ids)
        {
            PackId[] found = [.. index.Packs.Where(p => p.ToString().StartsWith(id, StringComparison.OrdinalIgnoreCase))];
            packs.UnionWith(found.Length > 0 ? found : throw new BackupException(BackupErrorKind.NotFound, $"no index knows a pack {id}"));
        }

        var wanted = new WantedObjects { HasBlobs = true, HasTrees = true };
        wanted._whole.UnionWith(index.Entries().Where(e => packs.Contains(e.Location.Pack)).Select(e => e.Blob));
        return wanted;
    }
}
