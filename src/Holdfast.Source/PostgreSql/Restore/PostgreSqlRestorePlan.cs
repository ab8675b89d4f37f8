using System.Globalization;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>A restore of whole databases: what it would do.</summary>
internal sealed class PostgreSqlRestorePlan(PostgreSqlOptions options, Action<string>? before, PostgreSqlSnapshot snapshot, DatabaseRestoreRequest request) : IDatabaseRestorePlan
{
    internal DatabaseRestoreRequest Request => request;

    internal PostgreSqlSnapshot Snapshot => snapshot;

    internal DatabaseRestoreProgress? Progress { get; set; }

    /// <summary>In order of their names.</summary>
    public required IReadOnlyList<PostgreSqlRestoreDatabase> Databases { get; init; }

    /// <summary>Roles that would be made.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>In place of these, the default one is taken.</summary>
    public required IReadOnlyList<string> MissingTablespaces { get; init; }

    public IReadOnlyList<string> Replaced => [.. Databases.Where(d => d.Exists).Select(d => d.Target)];

    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>The script that is run in each; null for none.</summary>
    public required PostgreSqlMask? Mask { get; init; }

    public IEnumerable<string> Describe()
    {
        foreach (PostgreSqlRestoreDatabase database in Databases)
        {
            string verb = database.Exists ? "replace" : "create";
            string goes = database.Exists ? "; it is closed to connections at the end, and who is connected then is cut off" : string.Empty;
            yield return string.Create(CultureInfo.InvariantCulture, $"{verb} database {database.Target}: {database.Tables} tables and sequences, {database.Rows} rows, {database.Bytes} bytes of rows{goes}");
        }

        foreach (PostgreSqlRestoreDatabase database in Databases.Where(d => d.IsOther))
        {
            yield return $"keep owner, rights and settings of database {database.Target}";
        }

        if (Roles.Count > 0)
        {
            yield return $"create roles that are missing: {string.Join(", ", Roles)}";
        }

        if (Mask is not null)
        {
            yield return $"run {Mask.Path} in each database before it takes its place";
        }

        foreach (string note in Notes)
        {
            yield return $"note: {note}";
        }
    }

    public async Task<DatabaseRestoreReport> ExecuteAsync(CancellationToken cancellation)
    {
        using var target = new PostgreSqlTarget(options, before);
        var notes = new List<string>(Notes);
        PostgreSqlRestoreRun run;
        PsqlSession session = await target.OpenNotesAsync(cancellation).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            run = new(this, target, session);
            try
            {
                IReadOnlyList<string> turned = await new PostgreSqlTurnBack(target, session).RunAsync(cancellation).ConfigureAwait(false);
                notes.AddRange(turned.Select(t => $"an earlier restore of {t} had been cut short, and was turned back first"));
                PostgreSqlTargetFacts facts = await PostgreSqlTargetFacts.ReadAsync(session, cancellation).ConfigureAwait(false);
                RequireWay(facts);
                await run.LoadAsync(facts, cancellation).ConfigureAwait(false);
                await run.SwapAsync(cancellation).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                await session.DisposeAsync().ConfigureAwait(false);
                await PostgreSqlRestorer.TurnBackAsync(target, e).ConfigureAwait(false);
                throw;
            }
        }

        Progress?.Begin("removing what was replaced");
        try
        {
            await PostgreSqlRestorer.TurnBackAsync(target, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is BackupException or OperationCanceledException)
        {
            string why = e is BackupException ? e.Message : "interrupted";
            notes.Add($"all is restored, and what was replaced could not be removed: {why}; the next restore to this server removes it");
        }

        return Report(run, notes);
    }

    private DatabaseRestoreReport Report(PostgreSqlRestoreRun run, IReadOnlyList<string> notes) =>
        new() { Databases = Databases.Count, Tables = Databases.Sum(d => d.Tables), Rows = run.Rows, Accounts = run.Roles, Notes = notes };

    /// <summary>A name beside that somebody else took is theirs; and what was not there when somebody agreed to the plan is not replaced.</summary>
    private void RequireWay(PostgreSqlTargetFacts facts)
    {
        if (Databases.FirstOrDefault(d => !d.Exists && facts.Find(d.Target) is not null) is { } appeared)
        {
            throw new BackupException(BackupErrorKind.Source, $"the database {appeared.Target} was made since the restore was planned: plan it again if it is to be replaced");
        }

        foreach (string name in Databases.SelectMany(d => (string[])[d.New, d.Old]).Where(n => facts.Find(n) is not null))
        {
            throw new BackupException(BackupErrorKind.Source, $"the database {name} is in the way, and no restore made it: rename or drop it");
        }
    }
}
