using Holdfast.Backend;
using Holdfast.Source;

namespace Holdfast.Plan;

/// <summary>Runs queries in the database of an installation, with the application's own account.</summary>
internal sealed class AppQueries(Installation installation)
{
    /// <summary>A count of the largest tables takes minutes.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(10);

    /// <summary>How long to wait for somebody who has an SQLite database locked.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <exception cref="BackupException">It failed, there is no database, or the configuration cannot be read.</exception>
    internal async Task RunAsync(string sql, CancellationToken cancellation)
    {
        AppParts parts = installation.FindParts(installation.Recipe.Name);
        List<Func<CancellationToken, Task>> databases =
        [
            .. parts.Databases.Select(d => (Func<CancellationToken, Task>)(c => QueryAsync(d, sql, c))),
            .. parts.Sqlite.Select(s => (Func<CancellationToken, Task>)(c => Query(s, sql, c))),
        ];
        var failures = new List<string>();
        foreach (Func<CancellationToken, Task> query in databases)
        {
            try
            {
                await LimitAsync(query, cancellation).ConfigureAwait(false);
                return;
            }
            catch (BackupException e)
            {
                failures.Add(e.Message); // a recipe does not say which of several databases it means
            }
        }

        throw new BackupException(BackupErrorKind.Source, failures.Count > 0 ? string.Join("; ", failures) : "the application names no database");
    }

    private static async Task QueryAsync(AppDatabase database, string sql, CancellationToken cancellation)
    {
        using PasswordFolder? folder = database.Password is { } password ? PasswordFolder.Create(password) : null;
        await PlanSources.CreateServerForApplication(database.Entry, folder?.File).QueryAsync(database.Listing.Name, sql, cancellation).ConfigureAwait(false);
    }

    private static Task Query(string file, string sql, CancellationToken cancellation)
    {
        SqliteQuery.Run(file, sql, s_patience, cancellation);
        return Task.CompletedTask;
    }

    private static async Task LimitAsync(Func<CancellationToken, Task> query, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(s_timeout);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            await query(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new BackupException(BackupErrorKind.Source, $"it had no answer after {s_timeout.TotalMinutes:0} minutes", e);
        }
    }
}
