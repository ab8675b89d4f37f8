using System.Text;
using Holdfast.Archiver;

namespace Holdfast.Source;

/// <summary>Takes a mongodump archive apart on the way: a file for the documents of each collection, and one for its definition, as mongorestore reads them from a folder.</summary>
internal sealed class MongoArchiveSplitter(SourceWriter writer, string root) : IDisposable
{
    /// <summary>mongodump sends four collections at a time, and the oplog.</summary>
    private const int MostOpen = 64;

    /// <summary>mongorestore knows no longer names as files.</summary>
    private const int LongestName = 238;

    private readonly Dictionary<(string Database, string Collection), MongoCollectionFile> _open = [];
    private readonly HashSet<(string Database, string Collection)> _announced = [];
    private readonly HashSet<(string Database, string Collection)> _expected = [];
    private readonly HashSet<(string Database, string Collection)> _done = [];
    private readonly HashSet<string> _databases = [];

    /// <summary>Whether the server's own users are to come, too.</summary>
    internal bool HasUsers => _announced.Contains((MongoDump.UserDatabase, MongoDump.UserCollection));

    /// <summary>Whether what was written meanwhile came, too.</summary>
    internal bool HasOplog => _done.Contains((string.Empty, "oplog"));

    /// <param name="announced">Called once it is known what will come, before the first document.</param>
    /// <exception cref="InvalidDataException">It is no archive, is damaged, or has not all that it announces.</exception>
    internal async Task RunAsync(MongoArchiveReader reader, Action? announced, CancellationToken cancellation)
    {
        MongoArchivePrelude prelude = await MongoArchivePrelude.ReadAsync(reader, d => AddDefinitionAsync(d, cancellation), cancellation).ConfigureAwait(false);
        writer.Describe("server", $"MongoDB {prelude.ServerVersion}");
        writer.Describe("tool", $"mongodump {prelude.ToolVersion}");
        announced?.Invoke();
        while (await reader.NextAsync(cancellation).ConfigureAwait(false) is var length and not 0)
        {
            await ReadSegmentAsync(reader, length ?? throw new InvalidDataException("it has a mark where a header should be"), cancellation).ConfigureAwait(false);
        }

        if (_expected.Except(_done).Concat(_open.Keys).FirstOrDefault() is { Collection: { } missing } first)
        {
            throw new InvalidDataException($"it ends before all of {first.Database}/{missing} was sent");
        }
    }

    public void Dispose()
    {
        foreach (MongoCollectionFile file in _open.Values)
        {
            file.Dispose();
        }
    }

    private async Task AddDefinitionAsync(MongoDefinition definition, CancellationToken cancellation)
    {
        (string database, string collection, string kind, string metadata) = definition;
        if (!_announced.Add((database, collection)))
        {
            throw new InvalidDataException($"it announces {database}/{collection} twice");
        }

        if (database.Length > 0 && _databases.Add(database))
        {
            writer.Add(new("database", database));
        }

        if (metadata.Length > 0)
        {
            using SourceFile file = writer.CreateFile(PathOf(database, collection, ".metadata.json"));
            await file.WriteAsync(Encoding.UTF8.GetBytes(metadata), cancellation).ConfigureAwait(false);
            await file.CompleteAsync().ConfigureAwait(false);
        }

        if (kind is "view" or "timeseries")
        {
            // A view has no documents; those of a time series come from a collection of the server's own, or, from 8.3 on, from itself.
            writer.Add(new(kind, $"{database}/{collection}") { Path = PathOf(database, collection, ".metadata.json") });
        }
        else
        {
            _expected.Add((database, collection));
        }
    }

    private async Task ReadSegmentAsync(MongoArchiveReader reader, int length, CancellationToken cancellation)
    {
        BsonFields header = await reader.ReadOwnAsync(length, cancellation).ConfigureAwait(false);
        (string Database, string Collection) key = (header.Text("db"), header.Text("collection"));
        if (_done.Contains(key))
        {
            throw new InvalidDataException($"it goes on with {key.Database}/{key.Collection} behind its end");
        }

        MongoCollectionFile file = Open(key);
        (bool ends, long sum) = (header.Flag("EOF"), header.Number("CRC"));
        if (!ends && sum != 0)
        {
            throw new InvalidDataException($"a header of {key.Database}/{key.Collection} has a checksum before the end");
        }

        while (await reader.NextAsync(cancellation).ConfigureAwait(false) is { } next)
        {
            if (next == 0 || ends)
            {
                throw new InvalidDataException("it ends in the middle");
            }

            await file.AddAsync(reader, next, cancellation).ConfigureAwait(false);
        }

        if (ends)
        {
            writer.Add(await file.CompleteAsync(sum).ConfigureAwait(false));
            file.Dispose();
            _open.Remove(key);
            _done.Add(key);
        }
    }

    private MongoCollectionFile Open((string Database, string Collection) key)
    {
        if (_open.TryGetValue(key, out MongoCollectionFile? file))
        {
            return file;
        }

        if (_open.Count == MostOpen)
        {
            throw new InvalidDataException($"it has more than {MostOpen} collections at a time");
        }

        string name = key.Database.Length == 0 ? key.Collection : $"{key.Database}/{key.Collection}";
        file = new(writer.CreateFile(PathOf(key.Database, key.Collection, ".bson")), name);
        _open.Add(key, file);
        return file;
    }

    /// <summary>Where mongorestore looks for it; it reads %XX in names of collections, not in those of databases.</summary>
    private string PathOf(string database, string collection, string extension)
    {
        string name = Uri.EscapeDataString(collection);
        if (database.Any(c => c is '/' or '.' || char.IsControl(c)) || collection.Length == 0 || name is "." or ".." || name.Length > LongestName)
        {
            throw new InvalidDataException($"the name {database}/{collection} cannot be that of a file");
        }

        return database.Length == 0 ? $"{root}/{name}{extension}" : $"{root}/{database}/{name}{extension}";
    }
}
