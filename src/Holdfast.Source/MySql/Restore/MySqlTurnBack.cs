using System.Text;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>
/// Settles what a restore left that did not come to its end: a database whose swap had begun becomes what it was before, and what was
/// put beside it goes. May itself be cut short and be run again at any point.
/// </summary>
/// <param name="mayDrop">Whether the restored tables that have their place may go: those of this very run, and of what is to be replaced anyway.</param>
internal sealed class MySqlTurnBack(MySqlTarget target, MySqlNotesSeal seal, Predicate<MySqlSwapNotes> mayDrop)
{
    private readonly List<string> _notes = [];

    /// <summary>What could not be made again, and what was put aside.</summary>
    internal IReadOnlyList<string> Notes => _notes;

    /// <summary>Looks what is there. Changes nothing.</summary>
    internal async Task<MySqlLeftovers> FindAsync(CancellationToken cancellation)
    {
        var all = new List<MySqlSwapNotes>();
        var strangers = new Dictionary<string, string>();
        foreach (MySqlBeside beside in (await target.BesideAsync(cancellation).ConfigureAwait(false)).Where(b => b.HasNotes && b.Name == b.Pair.Old))
        {
            try
            {
                MySqlSwapNotes notes = await MySqlSwapNotes.ReadAsync(target.Client, beside, seal, cancellation).ConfigureAwait(false);
                if (notes.Stranger is { } repository)
                {
                    strangers.Add(beside.Pair.Target, Explain(beside, repository));
                }
                else
                {
                    all.Add(notes);
                }
            }
            catch (BackupException e)
            {
                strangers.Add(beside.Pair.Target, $"the database {beside.Name} is in the way, and its notes cannot be read: {e.Message}");
            }
        }

        // Of one run either all are done or none is, and a kill may come between the removals.
        HashSet<string> done = [.. all.Where(n => n.IsDone).Select(n => n.Run)];
        return new([.. all.Where(n => n.IsReady && !done.Contains(n.Run))], strangers);
    }

    /// <summary>Turns back, and removes what was left.</summary>
    /// <returns>The databases that were turned back.</returns>
    internal async Task<IReadOnlyList<string>> RunAsync(MySqlSession session, CancellationToken cancellation)
    {
        IReadOnlyList<MySqlSwapNotes> begun = (await FindAsync(cancellation).ConfigureAwait(false)).Begun;
        foreach (IGrouping<string, MySqlSwapNotes> run in begun.GroupBy(n => n.Run))
        {
            await RunAsync([.. run], session, cancellation).ConfigureAwait(false);
        }

        await RemoveBesideAsync(session, cancellation).ConfigureAwait(false);
        return [.. begun.Select(n => n.Pair.Target)];
    }

    /// <summary>Removes what lies beside: it holds no copy that is needed, once nothing is half done.</summary>
    /// <remarks>Last what says that all is done.</remarks>
    internal async Task RemoveBesideAsync(MySqlSession session, CancellationToken cancellation)
    {
        // Looked at anew: notes that could not be read a moment ago may be those of a swap that is not turned back.
        MySqlLeftovers left = await FindAsync(cancellation).ConfigureAwait(false);
        HashSet<string> kept = [.. left.Strangers.Keys, .. left.Begun.Select(n => n.Pair.Target)];
        IReadOnlyList<MySqlBeside> beside = await target.BesideAsync(cancellation).ConfigureAwait(false);
        foreach (MySqlBeside database in beside.Where(b => b.IsOurs && !kept.Contains(b.Pair.Target)).OrderBy(b => b.Name == b.Pair.Old))
        {
            await session.LogAsync(database.IsLogged ?? !await MayLeaveLogAsync(cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
            await session.ExecuteAsync($"SET foreign_key_checks = 0; DROP DATABASE IF EXISTS {MySqlName.Quote(database.Name)};", cancellation).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(IReadOnlyList<MySqlSwapNotes> begun, MySqlSession session, CancellationToken cancellation)
    {
        // A replica that has the swap needs its way back, and one that has not would lose its tables by it.
        await session.LogAsync(begun[0].IsLogged, cancellation).ConfigureAwait(false);
        foreach (MySqlSwapNotes notes in begun)
        {
            await MoveBackAsync(notes, session, cancellation).ConfigureAwait(false);
        }

        await MakeObjectsAsync(begun, session, cancellation).ConfigureAwait(false);
        await TryAsync(begun, cancellation).ConfigureAwait(false);
        foreach (MySqlSwapNotes notes in begun.Where(n => n is { Database: null, IsTable: false }))
        {
            await RemoveMadeAsync(notes.Pair, session, cancellation).ConfigureAwait(false);
        }

        await session.ExecuteAsync($"START TRANSACTION; {string.Concat(begun.Select(n => n.Done(seal)))} COMMIT;", cancellation).ConfigureAwait(false);
    }

    /// <summary>What fails here would fail for ever, and must not keep everything else from coming back: it is said.</summary>
    private async Task TryAsync(IReadOnlyList<MySqlSwapNotes> begun, CancellationToken cancellation)
    {
        // MariaDB would make an account, without a password, where a right is granted to one that is gone.
        string log = $"SET SESSION foreign_key_checks = 1{(begun[0].IsLogged ? string.Empty : ", sql_log_bin = 0")} /*M!100000 , sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_CREATE_USER') */; ";
        foreach ((string what, string sql) in begun.SelectMany(n => n.Broken.Select(v => (
            v.Object.ToString()!, $"USE {MySqlName.Quote(n.Pair.Target)}; {Encoding.UTF8.GetString(v.Sql)}")).Concat(n.Grants.Select(g => (g, g)))))
        {
            try
            {
                await target.Client.QueryAsync($"{log}{sql}", cancellation).ConfigureAwait(false);
            }
            catch (BackupException e)
            {
                _notes.Add($"{what} could not be made again: {e.Message}");
            }
        }
    }

    private async Task<bool> MayLeaveLogAsync(CancellationToken cancellation) =>
        (await MySqlGrants.ReadAsync(target.Client, cancellation).ConfigureAwait(false)).MayLeaveLog;

    private string Explain(MySqlBeside beside, string repository) => repository.Length == 64 && repository.All(char.IsAsciiHexDigit) && repository != seal.Repository
        ? $"the database {beside.Name} is in the way: by its notes a restore from repository {repository[..10]} was cut short; any restore from that one to this server turns it back, nothing is lost"
        : $"the database {beside.Name} is in the way, and no restore from this repository made it: look what is in it, and rename or drop it";

    /// <summary>D41: where a table is says what was done: the old one stands beside until it is back, and only then does anything of it go.</summary>
    private async Task MoveBackAsync(MySqlSwapNotes notes, MySqlSession session, CancellationToken cancellation)
    {
        MySqlRestorePair pair = notes.Pair;
        await session.ExecuteAsync(
            $"CREATE DATABASE IF NOT EXISTS {MySqlName.Quote(pair.Target)} {notes.Database}; USE {MySqlName.Quote(pair.Target)}; SET foreign_key_checks = 0;", cancellation).ConfigureAwait(false);
        HashSet<string> here = [.. await target.TablesAsync(pair.Target, cancellation).ConfigureAwait(false)];
        HashSet<string> old = [.. await target.TablesAsync(pair.Old, cancellation).ConfigureAwait(false)];
        HashSet<string> coming = [.. await target.TablesAsync(pair.New, cancellation).ConfigureAwait(false)];
        string[] placed = [.. notes.NewTables.Where(t => here.Contains(t) && !coming.Contains(t) && (old.Contains(t) || !notes.OldTables.Contains(t)))];
        bool aside = placed.Length > 0 && !mayDrop(notes);
        if (aside)
        {
            await PrepareAsideAsync(notes, placed, session, cancellation).ConfigureAwait(false);
        }
        else
        {
            foreach (string table in placed)
            {
                await session.ExecuteAsync($"DROP TABLE {MySqlName.Quote(table)};", cancellation).ConfigureAwait(false);
            }
        }

        if (!notes.IsTable)
        {
            foreach (string drop in await target.DropsAsync(pair.Target, cancellation).ConfigureAwait(false))
            {
                await session.ExecuteAsync(drop, cancellation).ConfigureAwait(false);
            }
        }

        // One statement, as in the swap: foreign keys follow the tables that they name.
        (string From, string To, string Table)[] moves =
        [
            .. aside ? placed.Select(t => (pair.Target, pair.Aside, t)) : [],
            .. notes.OldTables.Where(old.Contains).Select(t => (pair.Old, pair.Target, t)),
        ];
        if (moves.Length > 0)
        {
            await session.ExecuteAsync(Rename(moves), cancellation).ConfigureAwait(false);
        }

        if (!mayDrop(notes) && (await target.TablesAsync(pair.Aside, cancellation).ConfigureAwait(false)).Count > 0)
        {
            _notes.Add($"the tables that were restored then, and may have been written to since, are in database {pair.Aside}: look whether they are needed, and drop it");
        }

        if (notes is { Database: { } defaults, IsTable: false })
        {
            await session.ExecuteAsync($"ALTER DATABASE {MySqlName.Quote(pair.Target)} {defaults};", cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>D63: what was in place when the restore was cut short may have been written to since. It is not dropped unasked.</summary>
    private async Task PrepareAsideAsync(MySqlSwapNotes notes, string[] placed, MySqlSession session, CancellationToken cancellation)
    {
        MySqlRestorePair pair = notes.Pair;
        if ((await target.TablesAsync(pair.Aside, cancellation).ConfigureAwait(false)).Intersect(placed).FirstOrDefault() is { } taken)
        {
            throw new BackupException(
                BackupErrorKind.Refused,
                $"a restore of {pair.Target} was cut short and cannot be turned back: its tables would go to {pair.Aside}, which has a table {taken} already; look what is in it, and rename or drop it");
        }

        await session.ExecuteAsync($"CREATE DATABASE IF NOT EXISTS {MySqlName.Quote(pair.Aside)} {notes.Database};", cancellation).ConfigureAwait(false);
        foreach (string drop in await target.TriggerDropsAsync(pair.Target, notes.IsTable ? placed[0] : null, cancellation).ConfigureAwait(false))
        {
            await session.ExecuteAsync(drop, cancellation).ConfigureAwait(false);
        }
    }

    internal static string Rename(IEnumerable<(string From, string To, string Table)> moves) =>
        $"RENAME TABLE {string.Join(", ", moves.Select(m => $"{MySqlName.Quote(m.From)}.{MySqlName.Quote(m.Table)} TO {MySqlName.Quote(m.To)}.{MySqlName.Quote(m.Table)}"))};";

    private static async Task MakeObjectsAsync(IReadOnlyList<MySqlSwapNotes> all, MySqlSession session, CancellationToken cancellation)
    {
        MySqlNote[] notes = [.. all.SelectMany(n => n.Objects)];
        await MakeAsync(notes.Where(n => n.Object.Kind.IsRoutine())).ConfigureAwait(false);
        await MakeAsync(InOrder([.. notes.Where(n => n.Object.Kind == MySqlKind.View)])).ConfigureAwait(false);
        await MakeAsync(notes.Where(n => n.Object.Kind == MySqlKind.Trigger)).ConfigureAwait(false);
        await MakeAsync(notes.Where(n => n.Object.Kind == MySqlKind.Event)).ConfigureAwait(false);

        async Task MakeAsync(IEnumerable<MySqlNote> these)
        {
            foreach (MySqlNote note in these)
            {
                // D60. Notes of older versions put back a time zone that they have not: the dump tool sets this variable before all events.
                byte[] sql = [.. SqlText.Header, .. "SET @save_time_zone = @@time_zone;\n"u8, .. Encoding.UTF8.GetBytes($"USE {MySqlName.Quote(note.Object.Database)};\n"), .. note.Sql];
                await session.ExecuteAsync($"{note.Object} as it was", (s, token) => s.WriteAsync(sql, token).AsTask(), cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>A view after those that it names.</summary>
    private static IEnumerable<MySqlNote> InOrder(IReadOnlyList<MySqlNote> views)
    {
        var layout = new MySqlLayout();
        foreach (MySqlNote view in views)
        {
            layout.Add(MySqlView.Of(view.Object, view.Sql));
        }

        Dictionary<string, MySqlNote> byPath = views.ToDictionary(v => MySqlLayout.Of(v.Object.Database, "views", v.Object.Name));
        return Encoding.UTF8.GetString(layout.List()).Split('\n').Where(byPath.ContainsKey).Select(p => byPath[p]);
    }

    /// <summary>A database that was not there before goes again, unless somebody has put something into it.</summary>
    private async Task RemoveMadeAsync(MySqlRestorePair pair, MySqlSession session, CancellationToken cancellation)
    {
        if ((await target.TablesAsync(pair.Target, cancellation).ConfigureAwait(false)).Count == 0)
        {
            await session.ExecuteAsync($"DROP DATABASE IF EXISTS {MySqlName.Quote(pair.Target)};", cancellation).ConfigureAwait(false);
        }
    }
}
