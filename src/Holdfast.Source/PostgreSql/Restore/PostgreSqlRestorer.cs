using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Source;

/// <summary>
/// Restores databases of a snapshot to a PostgreSQL server: loaded beside what is there, compared, and put in its place in one transaction.
/// docs/design.md, "Restoring a PostgreSQL database".
/// </summary>
/// <param name="snapshotRoot">The snapshot's tree.</param>
/// <param name="target">The server, and who restores; what else is in there does not count.</param>
public sealed class PostgreSqlRestorer(IndexedRepository repository, TreeId snapshotRoot, PostgreSqlOptions target) : IDatabaseRestorer
{
    /// <summary>Told how far a restore is; null for nobody.</summary>
    public DatabaseRestoreProgress? Progress { get; init; }

    /// <summary>Told of each statement before it runs; a test may fail there.</summary>
    internal Action<string>? BeforeStatement { get; init; }

    public async Task<IDatabaseRestorePlan> PlanAsync(DatabaseRestoreRequest request, CancellationToken cancellation)
    {
        if (request.Database is null && (request.Table is not null || request.As is not null))
        {
            throw new ArgumentException("A table, or another name, goes with one database.");
        }

        if (request.Table is null && request.AsSchema is not null)
        {
            throw new ArgumentException("A schema goes with one table.");
        }

        PostgreSqlSnapshot snapshot = await PostgreSqlSnapshot.OpenAsync(repository, snapshotRoot, request.Server, cancellation).ConfigureAwait(false);
        if (request.Database is { } wanted && !snapshot.Databases.Contains(wanted))
        {
            throw new BackupException(BackupErrorKind.NotFound, $"the snapshot has no database {wanted} of {snapshot.Source.Name}; it has {string.Join(", ", snapshot.Databases)}");
        }

        using var server = new PostgreSqlTarget(target, BeforeStatement);
        PostgreSqlTargetFacts facts = await server.ReadFactsAsync(cancellation).ConfigureAwait(false);
        if (request.Table is not null)
        {
            PostgreSqlTablePlan one = await new PostgreSqlTablePlanner(snapshot, facts, request).PlanAsync(target, BeforeStatement, cancellation).ConfigureAwait(false);
            one.Progress = Progress;
            return one;
        }

        PostgreSqlRestorePlan plan = await new PostgreSqlRestorePlanner(snapshot, facts, request).PlanAsync(target, BeforeStatement, cancellation).ConfigureAwait(false);
        plan.Progress = Progress;
        return plan;
    }

    /// <remarks>The swap and the word that it is done are one transaction here: what has its place is never turned back.</remarks>
    public async Task<IReadOnlyList<string>> TurnBackAsync(IReadOnlyCollection<string> replaced, CancellationToken cancellation)
    {
        using var server = new PostgreSqlTarget(target, BeforeStatement);
        return await server.HasNotesAsync(cancellation).ConfigureAwait(false) ? await TurnBackAsync(server, cancellation).ConfigureAwait(false) : [];
    }

    /// <summary>Ends what a restore left, or has no more use for.</summary>
    internal static async Task<IReadOnlyList<string>> TurnBackAsync(PostgreSqlTarget server, CancellationToken cancellation)
    {
        IReadOnlyList<string> turned;
        PsqlSession session = await server.OpenNotesAsync(cancellation).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            turned = await new PostgreSqlTurnBack(server, session).RunAsync(cancellation).ConfigureAwait(false);
        }

        await server.RemoveNotesAsync(cancellation).ConfigureAwait(false);
        return turned;
    }

    /// <summary>The same after a failure.</summary>
    /// <exception cref="InterruptedException">That is what it was, and all is as it was before.</exception>
    internal static async Task TurnBackAsync(PostgreSqlTarget server, Exception reason)
    {
        bool isInterrupted = reason is OperationCanceledException;
        try
        {
            await TurnBackAsync(server, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            throw new BackupException(
                BackupErrorKind.Source,
                $"{(isInterrupted ? "interrupted" : reason.Message)} - and it could not be turned back: {e.Message}; the next restore to this server does that first, nothing is lost",
                reason);
        }

        if (isInterrupted)
        {
            throw new InterruptedException("interrupted; the databases are as they were before", reason);
        }
    }
}
