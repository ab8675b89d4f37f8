using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>A server that has a client to ask it questions with.</summary>
public interface ISqlServer : IDatabaseServer
{
    /// <summary>What tells this server from all others, however it is reached.</summary>
    /// <exception cref="BackupException">Kind Source: it cannot be asked.</exception>
    Task<string> IdentifyAsync(CancellationToken cancellation);

    /// <summary>Runs statements that change nothing; the server refuses those that would. What they answer is read to its end, and kept nowhere.</summary>
    /// <param name="sql">It goes into the client's arguments, which others see: no secrets.</param>
    /// <exception cref="BackupException">Kind Source: there is no such database, or a statement failed.</exception>
    Task QueryAsync(string database, string sql, CancellationToken cancellation);
}
