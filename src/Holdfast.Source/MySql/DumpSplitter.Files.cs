using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>The files that are open, and which statements of little meaning of their own go where.</summary>
internal sealed partial class DumpSplitter
{
    private SqlText Begin(string file)
    {
        if (!_ofDatabase.TryGetValue(file, out SqlText? text))
        {
            _ofDatabase.Add(file, text = new(MySqlLayout.OfDatabase(_database!, file)));
        }

        return text;
    }

    private void AddPending(SqlText text, ReadOnlySpan<byte> statement, bool isBody)
    {
        foreach (byte[] pending in _pending)
        {
            text.Add(pending);
        }

        _pending.Clear();
        text.Add(statement, isBody);
    }

    private async ValueTask AddToCurrentAsync(ReadOnlyMemory<byte> statement)
    {
        if (_rows is not null)
        {
            await _rows.AddStatementAsync(statement, _cancellation).ConfigureAwait(false);
        }
        else if (_current is not null)
        {
            AddPending(_current, statement.Span, isBody: false);
        }
        else
        {
            _pending.Add(statement.ToArray());
        }
    }

    /// <summary>
    /// Settings of the session as a whole are in the header of every file of ours; those that save a setting or make one belong to what
    /// follows, those that put one back to what came before.
    /// </summary>
    private async ValueTask TakeSettingAsync(ReadOnlyMemory<byte> statement)
    {
        if (_database is null || statement.Span.IndexOf("@OLD_"u8) >= 0)
        {
            return;
        }

        var words = new SqlWords(statement.Span);
        words.Read();
        words.Read();
        bool isVariable = words.Word.StartsWith("@"u8) && !words.Word.StartsWith("@@"u8);
        words.Read();
        bool putsBack = !isVariable && words.Is("="u8) && words.Read() && !words.IsQuoted && words.Word.StartsWith("@"u8) && !words.Word.StartsWith("@@"u8);
        if (putsBack)
        {
            await AddToCurrentAsync(statement).ConfigureAwait(false);
        }
        else
        {
            _pending.Add(statement.ToArray());
        }
    }

    /// <summary>
    /// A routine keeps the collation that its database had when it was made, so the dump changes that before and changes it back
    /// afterwards. Without the database's name it is the one that the file is loaded into.
    /// </summary>
    private async ValueTask TakeCollationAsync(ReadOnlyMemory<byte> statement)
    {
        int from = statement.Span.IndexOf(" CHARACTER SET "u8);
        byte[] unnamed = from < 0 ? statement.ToArray() : [.. "ALTER DATABASE"u8, .. statement.Span[from..]];
        _collationChanged = !_collationChanged;
        if (_collationChanged)
        {
            _pending.Add(unnamed);
        }
        else
        {
            await AddToCurrentAsync(unnamed).ConfigureAwait(false);
        }
    }

    private async ValueTask BeginRowsAsync(ReadOnlyMemory<byte> head)
    {
        string name = SqlHead.Of(head.Span).Name;
        if (_table.Name != name || !_owesRows)
        {
            throw new BackupException(BackupErrorKind.Source, $"the dump cannot be understood: rows of {name} come where those of {_table} were expected");
        }

        if (_isSchemaOnly(_table))
        {
            // MySQL's own tool cannot leave them out.
            return;
        }

        if (_rows is null)
        {
            BeginRows();
            foreach (byte[] pending in _pending)
            {
                await _rows!.AddStatementAsync(pending, _cancellation).ConfigureAwait(false);
            }

            _pending.Clear();
        }

        await _rows!.BeginAsync(head, _cancellation).ConfigureAwait(false);
    }

    private void BeginRows() => _rows = new(_writer.CreateFile($"{_root}/{MySqlLayout.Of(_table.Database, "rows", _table.Name)}"));

    /// <summary>The rows of the last table are complete, if there were any; what belongs to one table alone is written.</summary>
    private async ValueTask EndTableAsync()
    {
        await EndRowsAsync().ConfigureAwait(false);
        _table = default;

        foreach (string file in _ofDatabase.Keys.Where(f => f.Contains('/', StringComparison.Ordinal)).ToList())
        {
            await SaveAsync(file).ConfigureAwait(false);
        }

        _current = null;
    }

    private bool HasNoRows(MySqlObject table) => _before.Tables.TryGetValue(table, out MySqlTable? known) && known.HasNoRows;

    private async ValueTask EndRowsAsync()
    {
        if (!_owesRows)
        {
            return;
        }

        _owesRows = false;
        string path = MySqlLayout.Of(_table.Database, "tables", _table.Name);
        var item = new ManifestItem(_table.Kind.Word(), _table.Path) { Path = $"{_root}/{path}" };
        if (_isSchemaOnly(_table))
        {
            _writer.Add(item with { SchemaOnly = true });
            return;
        }

        if (_rows is null && HasNoRows(_table))
        {
            _writer.Add(item);
            return;
        }

        if (_rows is null)
        {
            BeginRows();
        }

        string checksum = await _rows!.CompleteAsync(_cancellation).ConfigureAwait(false);
        _writer.Add(item with { Rows = _rows.Rows, Bytes = _rows.Bytes, Checksum = checksum });
        Layout.Add(_table.Database, MySqlLayout.Of(_table.Database, "rows", _table.Name));
        _rows.Dispose();
        _rows = null;
    }

    private async ValueTask BeginDatabaseAsync(string database)
    {
        if (_database != database)
        {
            await EndTableAsync().ConfigureAwait(false);
            await EndDatabaseAsync().ConfigureAwait(false);
            _database = database;
        }
    }

    private async ValueTask EndDatabaseAsync()
    {
        foreach (string file in _ofDatabase.Keys.ToList())
        {
            await SaveAsync(file).ConfigureAwait(false);
        }

        _pending.Clear();
        _current = null;
    }

    private async ValueTask SaveAsync(string file)
    {
        if (_ofDatabase.Remove(file, out SqlText? text))
        {
            await text.SaveAsync(_writer, _root, _cancellation).ConfigureAwait(false);
            Layout.Add(_database!, text.Path);
        }
    }

    private void Note(MySqlObject made, string file)
    {
        if (_made.Add(made))
        {
            _writer.Add(new(made.Kind.Word(), made.Path) { Path = $"{_root}/{MySqlLayout.OfDatabase(made.Database, file)}" });
        }
    }
}
