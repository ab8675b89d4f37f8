using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>mongodump under way, writing an archive to a pipe. Disposed of while it runs, it is killed.</summary>
internal sealed class MongoDump : IAsyncDisposable
{
    /// <summary>Where a server keeps its users.</summary>
    internal const string UserDatabase = "admin", UserCollection = "system.users";

    private readonly string _name;
    private readonly ToolProcess _tool;

    private MongoDump(string name, ToolProcess tool)
    {
        (_name, _tool) = (name, tool);
    }

    /// <summary>What messages and the manifest call the server.</summary>
    internal static string NameOf(MongoDbOptions options) =>
        $"mongodb {(options.UriFile is null ? $"{options.Host ?? "localhost"}{(options.Port is { } port ? $":{port}" : string.Empty)}" : options.UriFile)}";

    /// <summary>The statement that gives the account the role of a backup.</summary>
    internal static string GrantTo(MongoDbOptions options) =>
        $"db.getSiblingDB({Quote(options.AuthenticationDatabase ?? UserDatabase)}).grantRolesToUser({Quote(options.User ?? "…")}, [{{ role: \"backup\", db: \"{UserDatabase}\" }}])";

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    /// <exception cref="BackupException">Kind Source: the tool is not there.</exception>
    internal static MongoDump Start(MongoDbOptions options, MongoDbLogin login, string parallel)
    {
        string[] oplog = options.Oplog ? ["--oplog"] : [];
        ToolProcess tool = ToolProcess.Start(new(options.DumpProgram, [.. login.Arguments, "--archive", parallel, .. oplog]) { Package = "mongodb-database-tools (from mongodb.com)" });
        return new(NameOf(options), tool);
    }

    /// <summary>Reads its archive, whole or as far as is needed.</summary>
    /// <exception cref="BackupException">Kind Source: the tool failed, or what it writes is no whole archive.</exception>
    internal async Task ReadAsync(Func<MongoArchiveReader, CancellationToken, Task> read, CancellationToken cancellation)
    {
        var archive = new MongoArchiveReader(_tool.Output);
        try
        {
            await read(archive, cancellation).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw await ExplainAsync(e, archive.HasEnded, cancellation).ConfigureAwait(false);
        }
    }

    /// <exception cref="BackupException">Kind Source: it ended with another status than 0.</exception>
    internal Task EndAsync(CancellationToken cancellation) => _tool.EndAsync(cancellation);

    public ValueTask DisposeAsync() => _tool.DisposeAsync();

    /// <summary>
    /// A tool that died is why its archive is cut. One that goes on is killed by whoever disposes of this: behind a damaged place may come
    /// hours of what nobody reads.
    /// </summary>
    private async Task<BackupException> ExplainAsync(InvalidDataException problem, bool isCut, CancellationToken cancellation)
    {
        try
        {
            if (isCut || _tool.HasEnded)
            {
                await _tool.EndAsync(cancellation).ConfigureAwait(false);
            }

            return new(BackupErrorKind.Source, $"{_name}: what mongodump wrote is no whole archive: {problem.Message}", problem);
        }
        catch (BackupException e)
        {
            return new(BackupErrorKind.Source, $"{_name}: {e.Message}", problem);
        }
    }
}
