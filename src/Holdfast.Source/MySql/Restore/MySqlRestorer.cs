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
    /// <summary>Seconds that statements wait for somebody else's.</summary>
    internal const int Patience = 60;

    /// <summary>Seconds to wait for the lock of all restores where the run that held it was just ended: the server may be at a statement of it still.</summary>
    private const int LongPatience = 300;

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
        Seal = new(repository.Repository);
    }

    /// <summary>Told how far it is; null for nobody.</summary>
    public DatabaseRestoreProgress? Progress { get; init; }

    internal MySqlNotesSeal Seal { get; }

    /// <summary>Seconds that the swap waits for who holds the tables.</summary>
    internal int SwapPatience { get; init; } = 15;

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
        MySqlSession session = await OpenAsync(login, 15, cancellation).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            var back = new MySqlTurnBack(target, Seal, plan.Replaces);
            IReadOnlyList<string> turned = await back.RunAsync(session, cancellation).ConfigureAwait(false);
            notes.AddRange(turned.Select(t => $"an earlier restore of {t} had been cut short, and was turned back first"));
            notes.AddRange(back.Notes);
            await RequireWayAsync(plan, target, back, cancellation).ConfigureAwait(false);
            await session.LogAsync(!plan.WithoutLog, cancellation).ConfigureAwait(false);
            var run = new MySqlRestoreRun(plan, target, server.Version, login, tool, session);
            try
            {
                await run.LoadAsync(cancellation).ConfigureAwait(false);
                await run.MaskAsync(cancellation).ConfigureAwait(false); // D43
                await run.SwapAsync(cancellation).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                await session.DisposeAsync().ConfigureAwait(false);
                await TurnBackAsync(login, target, e).ConfigureAwait(false);
                throw;
            }

            rows = run.Rows;
            notes.AddRange(run.Notes);
            Progress?.Begin("removing what was replaced");

            // D42: from here on the old copy is not needed, whether its removal comes to its end or not.
            await AfterAsync(
                notes, why => $"all is restored, and what was replaced could not be removed: {why}; the next restore to this server removes it",
                () => back.RemoveBesideAsync(session, cancellation)).ConfigureAwait(false);
        }

        MySqlAccountMerge? merge = null;
        if (plan.Request.Users)
        {
            await AfterAsync(notes, why => $"the databases are restored, and not all accounts: {why}; restore once more for those", MergeAsync).ConfigureAwait(false);
            notes.AddRange(merge?.Notes ?? []);
        }

        await AfterAsync(notes, why => $"all is restored; whether its definers are there is not known: {why}", async () => notes.AddRange(
            await MySqlRestorePlanner.MissingDefinersAsync(client, plan.Databases.Select(d => d.Target), cancellation).ConfigureAwait(false))).ConfigureAwait(false);
        return new() { Databases = plan.Databases.Count, Tables = plan.Databases.Sum(d => d.Loaded.Count), Rows = rows, Accounts = merge?.Made ?? [], Notes = notes };

        async Task MergeAsync()
        {
            byte[] users = await plan.Snapshot.ReadAsync(MySqlLayout.Users, cancellation).ConfigureAwait(false);
            merge = await MySqlAccountMerge.CreateAsync(client, cancellation).ConfigureAwait(false);
            await merge.RunAsync(users, OpenForAccountsAsync, cancellation).ConfigureAwait(false);
        }

        async Task<MySqlSession> OpenForAccountsAsync(CancellationToken token)
        {
            MySqlSession accounts = MySqlSession.Open(_options, login, BeforeStatement);
            try
            {
                await accounts.LogAsync(!plan.WithoutLog, token).ConfigureAwait(false);
                return accounts;
            }
            catch
            {
                await accounts.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>What comes after the databases are whole (D42): they stay so, and a failure is a note.</summary>
    private static async Task AfterAsync(List<string> notes, Func<string, string> explain, Func<Task> act)
    {
        try
        {
            await act().ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            notes.Add(explain(e.Message));
        }
        catch (OperationCanceledException)
        {
            notes.Add(explain("it was ended before"));
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> TurnBackAsync(IReadOnlyCollection<string> replaced, CancellationToken cancellation)
    {
        using MySqlLogin login = MySqlLogin.Create(_options);
        MySqlSession session = await OpenAsync(login, 15, cancellation).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            var back = new MySqlTurnBack(new(new(_options, login)), Seal, n => replaced.Contains(n.Pair.Target));
            string[] turned = [.. await back.RunAsync(session, cancellation).ConfigureAwait(false)];
            return back.Notes.Count == 0 ? turned : [.. turned[..^1], $"{turned[^1]} ({string.Join("; ", back.Notes)})"];
        }
    }

    private async Task TurnBackAsync(MySqlLogin login, MySqlTarget target, Exception reason)
    {
        var back = new MySqlTurnBack(target, Seal, _ => true);
        bool isInterrupted = reason is OperationCanceledException;
        string why = isInterrupted ? "interrupted" : reason.Message;
        try
        {
            MySqlSession session = await OpenAsync(login, LongPatience, CancellationToken.None).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                await back.RunAsync(session, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (BackupException e)
        {
            throw new BackupException(
                BackupErrorKind.Source, $"{why} - and it could not be turned back: {e.Message}; the next restore to this server does that first, nothing is lost", reason);
        }

        if (isInterrupted)
        {
            throw new InterruptedException($"interrupted; the databases are as they were before{string.Concat(back.Notes.Select(n => $"; {n}"))}", reason);
        }

        if (back.Notes.Count > 0)
        {
            throw new BackupException(BackupErrorKind.Source, $"{why} - it was turned back, and {string.Join("; ", back.Notes)}", reason);
        }
    }

    /// <summary>
    /// A mask, or the counting of large tables, may take longer than a server waits for a session that is silent: eight hours. A mask whose
    /// program was killed runs on, and would find the next database of that name.
    /// </summary>
    private async Task<MySqlSession> OpenAsync(MySqlLogin login, int patience, CancellationToken cancellation)
    {
        MySqlSession session = MySqlSession.Open(_options, login, BeforeStatement);
        try
        {
            IReadOnlyList<string> got = await session.ExecuteAsync(
                $"SET SESSION lock_wait_timeout = {Patience}, wait_timeout = 604800; SELECT GET_LOCK('holdfast-restore', {patience}); "
                + $"SELECT GET_LOCK('{MySqlMask.Lock}', {patience}); DO RELEASE_LOCK('{MySqlMask.Lock}');", cancellation).ConfigureAwait(false);
            return got is ["1", "1"] ? session : throw new BackupException(
                BackupErrorKind.Source, $"{(got is ["1", _] ? "the mask of an earlier restore" : "another restore")} to the server at {_options.Where} is under way: wait for its end");
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A name beside that somebody else took is theirs, and so is a database that nobody meant to replace.</summary>
    private static async Task RequireWayAsync(MySqlRestorePlan plan, MySqlTarget target, MySqlTurnBack back, CancellationToken cancellation)
    {
        IReadOnlyDictionary<string, string> strangers = (await back.FindAsync(cancellation).ConfigureAwait(false)).Strangers;
        foreach (MySqlBeside beside in await target.BesideAsync(cancellation).ConfigureAwait(false))
        {
            if (plan.Databases.Any(d => d.Pair == beside.Pair))
            {
                throw new BackupException(
                    BackupErrorKind.Source, strangers.GetValueOrDefault(beside.Pair.Target) ?? $"the database {beside.Name} is in the way, and no restore made it: rename or drop it");
            }
        }

        foreach (MySqlRestoreDatabase database in plan.Databases.Where(d => !d.Exists))
        {
            if (await target.ExistsAsync(database.Target, cancellation).ConfigureAwait(false))
            {
                throw new BackupException(BackupErrorKind.Source, $"the database {database.Target} was made since the restore was planned: plan it again if it is to be replaced");
            }
        }
    }
}
