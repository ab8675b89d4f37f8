using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>All databases of a MongoDB server, through mongodump: docs/design.md, "MongoDB".</summary>
public sealed class MongoDbSource(MongoDbOptions options) : ISource
{
    public string Name => MongoDump.NameOf(options);

    public string Root => options.Name is { } name ? $"/.holdfast/databases/mongodb/{name}" : "/.holdfast/databases/mongodb";

    public async Task CaptureAsync(SourceWriter writer, CancellationToken cancellation)
    {
        using var login = new MongoDbLogin(options);
        using var splitter = new MongoArchiveSplitter(writer, Root);
        MongoDump dump = MongoDump.Start(options, login, "--numParallelCollections=4");
        await using (dump.ConfigureAwait(false))
        {
            await dump.ReadAsync((archive, token) => splitter.RunAsync(archive, RequireUsers, token), cancellation).ConfigureAwait(false);
            await dump.EndAsync(cancellation).ConfigureAwait(false);
        }

        if (options.Oplog && !splitter.HasOplog)
        {
            throw new BackupException(BackupErrorKind.Source, $"{Name}: mongodump sent no oplog");
        }

        writer.Describe("moment", options.Oplog ? "one: oplog.bson leads to it" : "none: each collection is as it was when it was read");

        void RequireUsers()
        {
            if (options.Users && login.HasUser && !splitter.HasUsers)
            {
                throw new BackupException(
                    BackupErrorKind.Source,
                    $"{Name}: the account is shown no users of the server, so it may not be shown all databases; grant it the role: {MongoDump.GrantTo(options)}; or say users: false where a host shows them to nobody");
            }
        }
    }
}
