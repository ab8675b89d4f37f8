using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>
/// Looks at a MongoDB server by way of mongodump, since there is no other client: it begins a dump, of which is read what is needed,
/// and ends it.
/// </summary>
public sealed class MongoDbServer(MongoDbOptions options) : IDatabaseServer
{
    public string Name => MongoDump.NameOf(options);

    /// <summary>Its databases with their collections. How large they are an archive does not say.</summary>
    public async Task<IReadOnlyList<DatabaseListing>> ListAsync(CancellationToken cancellation)
    {
        var found = new List<MongoDefinition>();
        using var login = new MongoDbLogin(options);
        await DumpAsync(login, ReadAsync, cancellation).ConfigureAwait(false);
        return
        [
            .. found.Where(d => !d.IsOfServer).GroupBy(d => d.Database).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new DatabaseListing(
                g.Key, null, [.. g.OrderBy(d => d.Collection, StringComparer.Ordinal).Select(d => new TableListing(d.Collection, d.Kind, null, null))])),
        ];

        async Task<bool> ReadAsync(MongoArchiveReader archive, CancellationToken token)
        {
            await ReadPreludeAsync(archive, found, token).ConfigureAwait(false);
            return false;
        }
    }

    /// <summary>
    /// Lets mongodump do what it does before the first documents of an application: it has by then listed all databases, read their
    /// options and indexes, and read the users, for which an account needs the role of a backup.
    /// </summary>
    public async Task<IReadOnlyList<RightListing>> TestAsync(CancellationToken cancellation)
    {
        var found = new List<MongoDefinition>();
        MongoArchivePrelude? prelude = null;
        string? denied = null;
        using var login = new MongoDbLogin(options);
        try
        {
            await DumpAsync(login, ReadAsync, cancellation).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Message.Contains("not authorized on", StringComparison.Ordinal))
        {
            denied = e.Message;
        }

        // An account without the role is shown only what it may read, so that nothing fails where it has no right on the users either.
        bool lacks = denied is not null || (options.Users && login.HasUser && !found.Exists(d => d is { Database: MongoDump.UserDatabase, Collection: MongoDump.UserCollection }));
        return
        [
            new(prelude is null ? "mongodump" : $"mongodump {prelude.ToolVersion}", $"to dump MongoDB{(prelude is null ? string.Empty : $" {prelude.ServerVersion}")}", null),
            new("role backup on admin", "all databases, users and roles", lacks ? MongoDump.GrantTo(options) : null),
            .. options.Oplog && !lacks ? [new("oplog", "what is written meanwhile", null)] : (RightListing[])[],
        ];

        async Task<bool> ReadAsync(MongoArchiveReader archive, CancellationToken token)
        {
            prelude = await ReadPreludeAsync(archive, found, token).ConfigureAwait(false);
            return await ReadUsersAsync(archive, token).ConfigureAwait(false);
        }
    }

    private static Task<MongoArchivePrelude> ReadPreludeAsync(MongoArchiveReader reader, List<MongoDefinition> found, CancellationToken cancellation) =>
        MongoArchivePrelude.ReadAsync(
            reader,
            d =>
            {
                found.Add(d with { Metadata = string.Empty });
                return Task.CompletedTask;
            },
            cancellation);

    /// <summary>Passes over what comes of users and roles; whether the archive ends with them.</summary>
    private static async Task<bool> ReadUsersAsync(MongoArchiveReader reader, CancellationToken cancellation)
    {
        while (await reader.NextAsync(cancellation).ConfigureAwait(false) is var length and not 0)
        {
            BsonFields header = await reader.ReadOwnAsync(length ?? throw new InvalidDataException("it has a mark where a header should be"), cancellation).ConfigureAwait(false);
            if (header.Text("db") != MongoDump.UserDatabase)
            {
                return false;
            }

            while (await reader.NextAsync(cancellation).ConfigureAwait(false) is { } next)
            {
                await reader.PassAsync(next > 0 ? next : throw new InvalidDataException("it ends in the middle"), static _ => default, cancellation).ConfigureAwait(false);
            }
        }

        return true;
    }

    /// <param name="read">Whether it read all that there was: then the tool's own end counts as well.</param>
    private async Task DumpAsync(MongoDbLogin login, Func<MongoArchiveReader, CancellationToken, Task<bool>> read, CancellationToken cancellation)
    {
        MongoDump dump = MongoDump.Start(options, login, "--numParallelCollections=1");
        await using (dump.ConfigureAwait(false))
        {
            bool isWhole = false;
            await dump.ReadAsync(async (archive, token) => isWhole = await read(archive, token).ConfigureAwait(false), cancellation).ConfigureAwait(false);
            if (isWhole)
            {
                await dump.EndAsync(cancellation).ConfigureAwait(false);
            }
        }
    }
}
