using System.Globalization;
using System.Text;
using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>
/// Puts the pieces of a dump into files of their own. What a statement makes decides, never a comment: names may have line
/// breaks in them. What stands before a CREATE (SET, DROP) goes with it, what puts settings back after it, too.
/// </summary>
internal sealed partial class DumpSplitter : IDisposable
{
    private readonly SourceWriter _writer;
    private readonly string _root;
    private readonly MySqlCatalogue _before;
    private readonly Predicate<MySqlObject> _isSchemaOnly;
    private readonly CancellationToken _cancellation;
    private readonly List<byte[]> _pending = [];
    private readonly Dictionary<string, SqlText> _ofDatabase = [];
    private readonly HashSet<MySqlObject> _made = [];
    private readonly HashSet<MySqlObject> _placeholders = [];

    private string? _database;
    private MySqlObject _table;
    private SqlText? _current;
    private RowsFile? _rows;
    private bool _complete;
    private bool _collationChanged;
    private bool _owesRows;

    /// <param name="before">What the server had when the dump began.</param>
    /// <param name="isSchemaOnly">Whether a table's rows are left out.</param>
    internal DumpSplitter(SourceWriter writer, string root, MySqlCatalogue before, Predicate<MySqlObject> isSchemaOnly, CancellationToken cancellation)
    {
        _writer = writer;
        _root = root;
        _before = before;
        _isSchemaOnly = isSchemaOnly;
        _cancellation = cancellation;
    }

    internal MySqlLayout Layout { get; } = new();

    /// <summary>What came.</summary>
    internal IReadOnlySet<MySqlObject> Made => _made;

    /// <summary>Whether the tool said at the end that it is the end.</summary>
    internal bool IsComplete => _complete;

    /// <summary>Takes all that the reader has.</summary>
    internal async ValueTask TakeAsync(SqlReader reader)
    {
        while (reader.TryRead(out SqlPiece piece))
        {
            if (piece.Kind != SqlPieceKind.Row || _rows is null || !_rows.TryAdd(piece.Text.Span))
            {
                await TakeAsync(piece).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Everything has come: writes what is still open.</summary>
    internal async Task EndAsync()
    {
        await EndTableAsync().ConfigureAwait(false);
        await EndDatabaseAsync().ConfigureAwait(false);
    }

    public void Dispose() => _rows?.Dispose();

    private async ValueTask TakeAsync(SqlPiece piece)
    {
        switch (piece.Kind)
        {
            case SqlPieceKind.Comment:
                TakeComment(Encoding.UTF8.GetString(piece.Text.Span));
                return;
            case SqlPieceKind.InsertHead:
                await BeginRowsAsync(piece.Text).ConfigureAwait(false);
                break;
            case SqlPieceKind.Row or SqlPieceKind.RowPart:
                if (_rows is not null)
                {
                    await _rows.AddAsync(piece.Text, piece.Kind == SqlPieceKind.Row, _cancellation).ConfigureAwait(false);
                }

                break;
            case SqlPieceKind.Statement:
                await TakeStatementAsync(piece.Text, SqlHead.Of(piece.Text.Span)).ConfigureAwait(false);
                break;
        }

        _complete = false;
    }

    private void TakeComment(string comment)
    {
        _complete = comment.StartsWith("-- Dump completed", StringComparison.Ordinal);

        // Before the first database and behind the last, where no name can stand in a comment of several lines.
        if (_database is null && PositionForm().Match(comment) is { Success: true } position)
        {
            _writer.Describe("binlog_file", position.Groups[1].Value);
            _writer.Describe("binlog_position", position.Groups[2].Value);
        }
        else if (GtidForm().Match(comment) is { Success: true } gtid)
        {
            _writer.Describe("gtid", gtid.Groups[1].Value);
        }
    }

    private async ValueTask TakeStatementAsync(ReadOnlyMemory<byte> statement, SqlHead head)
    {
        switch (head)
        {
            case { Verb: "SET" }:
                await TakeSettingAsync(statement).ConfigureAwait(false);
                break;
            case { Verb: "USE" }:
                await BeginDatabaseAsync(head.Name).ConfigureAwait(false);
                _ofDatabase.GetValueOrDefault("database.sql")?.Add(statement.Span);
                break;
            case { Verb: "DROP" }:
                _pending.Add(statement.ToArray());
                break;
            case { Verb: "ALTER", Kind: MySqlKind.Database }:
                await TakeCollationAsync(statement).ConfigureAwait(false);
                break;
            case { Verb: "LOCK" or "UNLOCK" or "" }:
                break;
            case { Verb: "CREATE", Kind: { } kind }:
                await TakeObjectAsync(statement, new(kind, kind == MySqlKind.Database ? head.Name : _database ?? string.Empty, kind == MySqlKind.Database ? string.Empty : head.Name))
                    .ConfigureAwait(false);
                break;
            default:
                // DO SETVAL(…) of a sequence; and what a later tool may think of stays where the tool has put it.
                await AddToCurrentAsync(statement).ConfigureAwait(false);
                break;
        }
    }

    private async ValueTask TakeObjectAsync(ReadOnlyMemory<byte> statement, MySqlObject made)
    {
        if (made.Kind == MySqlKind.Database)
        {
            await BeginDatabaseAsync(made.Database).ConfigureAwait(false);
            Begin("database.sql").Add(statement.Span);
            Note(made, "database.sql");
            return;
        }

        if (_database is null || (made.Kind == MySqlKind.Trigger && _table == default))
        {
            throw new BackupException(BackupErrorKind.Source, $"the dump cannot be understood: {made} belongs to nothing that came before");
        }

        // Each view comes twice; from older tools as a table first.
        MySqlObject view = made with { Kind = MySqlKind.View };
        bool isPlaceholder = (made.Kind == MySqlKind.View || (made.Kind == MySqlKind.Table && _before.Objects.Contains(view))) && _placeholders.Add(view);
        if (made.Kind == MySqlKind.Trigger)
        {
            await EndRowsAsync().ConfigureAwait(false);
        }
        else
        {
            await EndTableAsync().ConfigureAwait(false);
        }

        if (isPlaceholder)
        {
            AddPending(_current = Begin("placeholders.sql"), statement.Span, isBody: false);
            return;
        }

        bool isBody = made.Kind is MySqlKind.Trigger or MySqlKind.Event || made.Kind.IsRoutine();
        string path = made.Kind switch
        {
            MySqlKind.Table or MySqlKind.Sequence => $"tables/{MySqlName.Encode(made.Name)}.sql",
            MySqlKind.View => $"views/{MySqlName.Encode(made.Name)}.sql",
            MySqlKind.Trigger => $"triggers/{MySqlName.Encode(_table.Name)}.sql",
            MySqlKind.Event => "events.sql",
            _ => "routines.sql",
        };
        AddPending(_current = Begin(path), statement.Span, isBody);
        if (made.Kind == MySqlKind.Table)
        {
            (_table, _owesRows) = (made, true);
            _made.Add(made);
        }
        else
        {
            Note(made, path);
        }

        if (made.Kind == MySqlKind.View)
        {
            Layout.Add(MySqlView.Of(made, statement.Span));
        }
    }

    [System.Text.RegularExpressions.GeneratedRegex("^-- CHANGE MASTER TO MASTER_LOG_FILE='([^']+)', MASTER_LOG_POS=([0-9]+);")]
    private static partial System.Text.RegularExpressions.Regex PositionForm();

    [System.Text.RegularExpressions.GeneratedRegex("^-- SET GLOBAL gtid_slave_pos='([^']+)';")]
    private static partial System.Text.RegularExpressions.Regex GtidForm();
}
