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
    internal async Task ReadAsync(Func<Stream, CancellationToken, Task> read, CancellationToken cancellation)
    {
        try
        {
            await read(_tool.Output, cancellation).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw await ExplainAsync(e, cancellation).ConfigureAwait(false);
        }
    }

    /// <exception cref="BackupException">Kind Source: it ended with another status than 0.</exception>
    internal Task EndAsync(CancellationToken cancellation) => _tool.EndAsync(cancellation);

    public ValueTask DisposeAsync() => _tool.DisposeAsync();

    /// <summary>A tool that died is why its archive is cut; what is behind a damaged place nobody reads.</summary>
    private async Task<BackupException> ExplainAsync(InvalidDataException problem, CancellationToken cancellation)
    {
        try
        {
            await _tool.Output.CopyToAsync(Stream.Null, cancellation).ConfigureAwait(false);
            await _tool.EndAsync(cancellation).ConfigureAwait(false);
            return new(BackupErrorKind.Source, $"{_name}: what mongodump wrote is no whole archive: {problem.Message}", problem);
        }
        catch (BackupException e)
        {
            return new(BackupErrorKind.Source, $"{_name}: {e.Message}", problem);
        }
    }
}
