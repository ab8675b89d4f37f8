using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Source;

/// <summary>
/// Restores databases of a snapshot to a MySQL or MariaDB server: loaded beside what is there, counted, and put in its place at the end.
/// docs/design.md, "Restoring a database".
/// </summary>
public sealed class MySqlRestorer : IDatabaseRestorer
{
    /// <summary>
    /// A mask, or the counting of large tables, may take longer than a server waits for a session that is silent: eight hours. A mask whose
    /// program was killed runs on, and would find the next database of that name.
    /// </summary>
    private const string OtherRestores =
        $"SET SESSION lock_wait_timeout = 60, wait_timeout = 604800; SELECT GET_LOCK('holdfast-restore', 15); SELECT GET_LOCK('{MySqlMask.Lock}', 15); DO RELEASE_LOCK('{MySqlMask.Lock}');";

    private readonly IndexedRepository _repository;
    private readonly TreeId _root;
    private readonly MySqlOptions _options;

    /// <param name="snapshotRoot">The snapshot's tree.</param>
    /// <param name="target">The server, and who restores; what else is in there does not count.</param>
    public MySqlRestorer(IndexedRepository repository, TreeId snapshotRoot, MySqlOptions target)
    {
        target.Validate();
        _repository = repository;
        _root = snapshotRoot;
        _options = target;
    }

    /// <summary>Told how far it is; null for nobody.</summary>
    public DatabaseRestoreProgress? Progress { get; init; }

    /// <summary>Told of each statement before it runs; a test may fail there.</summary>
    internal Action<string>? BeforeStatement { get; init; }

    /// <inheritdoc/>
    public async Task<IDatabaseRestorePlan> PlanAsync(DatabaseRestoreRequest request, CancellationToken cancellation)
    {
        MySqlSnapshot snapshot = await MySqlSnapshot.OpenAsync(_repository, _root, request.Server, cancellation).ConfigureAwait(false);
        using MySqlLogin login = MySqlLogin.Create(_options);
        return await new MySqlRestorePlanner(this, snapshot, new(new(_options, login)), request).PlanAsync(cancellation).ConfigureAwait(false);
    }

    /// <exception cref="BackupException">The target is as it was; or, where it could not even be turned back, the next restore does that (D41).</exception>
    internal async Task<DatabaseRestoreReport> ExecuteAsync(MySqlRestorePlan plan, CancellationToken cancellation)
    {
        using MySqlLogin login = MySqlLogin.Create(_options);
        var client = new MySqlClient(_options, login);
        var target = new MySqlTarget(client);
        MySqlCatalogue server = await MySqlCatalogue.ReadAsync(client, cancellation).ConfigureAwait(false);
        MySqlDumpTool tool = await MySqlDumpTool.FindAsync(_options, server.Version, cancellation).ConfigureAwait(false);
        var notes = new List<string>(plan.Notes);
        long rows;
        MySqlSession session = await OpenAsync(login, plan, cancellation).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            IReadOnlyList<string> turned = await new MySqlTurnBack(target).RunAsync(session, cancellation).ConfigureAwait(false);
            notes.AddRange(turned.Select(t => $"an earlier restore of {t} had been cut short, and was turned back first"));
            await RequireWayAsync(plan, target, cancellation).ConfigureAwait(false);
            var run = new MySqlRestoreRun(plan, target, login, tool, session);
            try
            {
                await run.LoadAsync(cancellation).ConfigureAwait(false);
                await run.MaskAsync(cancellation).ConfigureAwait(false); // D43
                await run.SwapAsync(cancellation).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                await session.DisposeAsync().ConfigureAwait(false);
                await TurnBackAsync(login, plan, target, e).ConfigureAwait(false);
                throw;
            }

            rows = run.Rows;
            notes.AddRange(run.Notes);
            Progress?.Begin("removing what was replaced");
            try
            {
                // D42: from here on the old copy is not needed, whether its removal comes to its end or not.
                await new MySqlTurnBack(target).RemoveBesideAsync(session, cancellation).ConfigureAwait(false);
            }
            catch (BackupException e)
            {
                notes.Add($"all is restored, and what was replaced could not be removed: {e.Message}; the next restore to this server removes it");
            }
        }

        IReadOnlyList<string> accounts = [];
        if (plan.Request.Users)
        {
            byte[] users = await plan.Snapshot.ReadAsync(MySqlLayout.Users, cancellation).ConfigureAwait(false);
            MySqlAccountMerge merge = await MySqlAccountMerge.RunAsync(client, users, () => MySqlSession.Open(_options, login, BeforeStatement), cancellation).ConfigureAwait(false);
            accounts = merge.Made;
            notes.AddRange(merge.Notes);
        }

        notes.AddRange(await MySqlRestorePlanner.MissingDefinersAsync(client, plan.Databases.Select(d => d.Target), cancellation).ConfigureAwait(false));
        return new() { Databases = plan.Databases.Count, Tables = plan.Databases.Sum(d => d.Loaded.Count), Rows = rows, Accounts = accounts, Notes = notes };
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> TurnBackAsync(CancellationToken cancellation)
    {
        using MySqlLogin login = MySqlLogin.Create(_options);
        MySqlSession session = await OpenAsync(login, null, cancellation).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            return await new MySqlTurnBack(new(new(_options, login))).RunAsync(session, cancellation).ConfigureAwait(false);
        }
    }

    private async Task TurnBackAsync(MySqlLogin login, MySqlRestorePlan plan, MySqlTarget target, Exception reason)
    {
        try
        {
            MySqlSession session = await OpenAsync(login, plan, CancellationToken.None).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                await new MySqlTurnBack(target).RunAsync(session, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (BackupException e)
        {
            throw new BackupException(
                BackupErrorKind.Source, $"{reason.Message} - and it could not be turned back: {e.Message}; the next restore to this server does that first, nothing is lost", reason);
        }
    }

    private async Task<MySqlSession> OpenAsync(MySqlLogin login, MySqlRestorePlan? plan, CancellationToken cancellation)
    {
        MySqlSession session = MySqlSession.Open(_options, login, BeforeStatement);
        try
        {
            string log = plan is { WithoutLog: true } ? "SET SESSION sql_log_bin = 0; " : string.Empty;
            IReadOnlyList<string> got = await session.ExecuteAsync(log + OtherRestores, cancellation).ConfigureAwait(false);
            return got is ["1", "1"] ? session : throw new BackupException(
                BackupErrorKind.Source, $"{(got is ["1", _] ? "the mask of an earlier restore" : "another restore")} to the server at {_options.Where} is under way: wait for its end");
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A name beside that somebody else took is theirs.</summary>
    private static async Task RequireWayAsync(MySqlRestorePlan plan, MySqlTarget target, CancellationToken cancellation)
    {
        foreach (MySqlBeside beside in await target.BesideAsync(cancellation).ConfigureAwait(false))
        {
            if (plan.Databases.Any(d => d.Pair == beside.Pair))
            {
                throw new BackupException(BackupErrorKind.Source, $"the database {beside.Name} is in the way, and no restore made it: rename or drop it");
            }
        }
    }
}
