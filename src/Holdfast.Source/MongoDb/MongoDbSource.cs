using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>All databases of a MongoDB server, through mongodump: docs/design.md, "MongoDB".</summary>
public sealed class MongoDbSource(MongoDbOptions options) : ISource
{
    public string Name => $"mongodb {(options.UriFile is null ? $"{options.Host ?? "localhost"}{(options.Port is { } port ? $":{port}" : string.Empty)}" : options.UriFile)}";

    public string Root => options.Name is { } name ? $"/.holdfast/databases/mongodb/{name}" : "/.holdfast/databases/mongodb";

    public async Task CaptureAsync(SourceWriter writer, CancellationToken cancellation)
    {
        using var login = new MongoDbLogin(options);
        using var splitter = new MongoArchiveSplitter(writer, Root);
        string[] oplog = options.Oplog ? ["--oplog"] : [];
        ToolProcess tool = ToolProcess.Start(new(options.DumpProgram, [.. login.Arguments, "--archive", "--numParallelCollections=4", .. oplog]) { Package = "mongodb-database-tools (from mongodb.com)" });
        await using (tool.ConfigureAwait(false))
        {
            try
            {
                await splitter.RunAsync(tool.Output, cancellation).ConfigureAwait(false);
            }
            catch (InvalidDataException e)
            {
                throw await ExplainAsync(tool, e, cancellation).ConfigureAwait(false);
            }

            await tool.EndAsync(cancellation).ConfigureAwait(false);
        }

        if (options.Oplog && !splitter.HasOplog)
        {
            throw new BackupException(BackupErrorKind.Source, $"{Name}: mongodump sent no oplog");
        }

        writer.Describe("moment", options.Oplog ? "one: oplog.bson leads to it" : "none: each collection is as it was when it was read");
    }

    /// <summary>A tool that died is why its archive is cut; what is behind a damaged place nobody reads.</summary>
    private async Task<BackupException> ExplainAsync(ToolProcess tool, InvalidDataException problem, CancellationToken cancellation)
    {
        try
        {
            await tool.Output.CopyToAsync(Stream.Null, cancellation).ConfigureAwait(false);
            await tool.EndAsync(cancellation).ConfigureAwait(false);
            return new(BackupErrorKind.Source, $"{Name}: what mongodump wrote is no whole archive: {problem.Message}", problem);
        }
        catch (BackupException e)
        {
            return new(BackupErrorKind.Source, $"{Name}: {e.Message}", problem);
        }
    }
}
