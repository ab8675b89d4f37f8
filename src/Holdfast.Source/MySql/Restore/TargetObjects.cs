using System.Buffers;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>What a database has beside tables, as statements: the dump tool prints it with the settings that each was made under.</summary>
internal sealed class TargetObjects
{
    private readonly string _database;
    private readonly List<byte[]> _pending = [];
    private readonly List<(MySqlObject Object, ArrayBufferWriter<byte> Sql)> _made = [];
    private bool _takesEnd;

    private TargetObjects(string database)
    {
        _database = database;
    }

    /// <param name="broken">Views that name what is not there: nobody could make them again.</param>
    /// <param name="table">Whose triggers to read, and nothing else; null for all.</param>
    internal static async Task<IReadOnlyList<MySqlNote>> ReadAsync(
        MySqlDumpTool tool, MySqlLogin login, string database, IReadOnlyList<string> broken, string? table, CancellationToken cancellation)
    {
        ToolCommand command = tool.Command(login, hasBinaryLog: false, [database], []) with
        {
            Arguments =
            [
                login.Argument, "--no-data", "--triggers", "--skip-dump-date", "--skip-add-locks", "--skip-lock-tables", "--default-character-set=utf8mb4",
                .. table is null ? (string[])["--routines", "--events"] : [],
                .. tool.Version.IsMariaDb ? (string[])["--add-drop-trigger"] : ["--add-drop-trigger", "--no-tablespaces", "--set-gtid-purged=OFF", "--column-statistics=0"],
                .. broken.Select(b => $"--ignore-table={database}.{b}"), "--", database, .. table is null ? (string[])[] : [table],
            ],
        };
        var objects = new TargetObjects(database);
        var reader = new SqlReader();
        ToolProcess process = ToolProcess.Start(command);
        await using (process.ConfigureAwait(false))
        {
            int count;
            while ((count = await process.Output.ReadAsync(reader.Free, cancellation).ConfigureAwait(false)) > 0)
            {
                reader.Added(count);
                objects.Take(reader);
            }

            await process.EndAsync(cancellation).ConfigureAwait(false);
        }

        reader.End();
        objects.Take(reader);
        return [.. objects._made.Select(m => new MySqlNote(m.Object, m.Sql.WrittenSpan.ToArray()))];
    }

    private void Take(SqlReader reader)
    {
        while (reader.TryRead(out SqlPiece piece))
        {
            if (piece.Kind == SqlPieceKind.Statement)
            {
                Take(piece.Text.Span);
            }
            else if (piece.Kind != SqlPieceKind.Comment)
            {
                throw new BackupException(BackupErrorKind.Source, "the dump cannot be understood: it has rows where none were asked for");
            }
        }
    }

    private void Take(ReadOnlySpan<byte> statement)
    {
        SqlHead head = SqlHead.Of(statement);
        switch (head)
        {
            // Of the whole dump, or of all events: each object sets what it needs, and no note has its value.
            case { Verb: "SET" } when statement.IndexOf("@OLD_"u8) >= 0 || statement.IndexOf("@save_time_zone"u8) >= 0:
            case { Verb: "LOCK" or "UNLOCK" or "DO" or "" }:
                break;
            case { Verb: "SET" } or { Verb: "ALTER", Kind: MySqlKind.Database }:
                TakeSetting(statement, head);
                break;
            case { Verb: "DROP" }:
                TakeDrop(statement);
                break;
            case { Verb: "CREATE", Kind: MySqlKind.Table or MySqlKind.Sequence or MySqlKind.Database }:
                _pending.Clear();
                _takesEnd = false;
                break;
            case { Verb: "CREATE", Kind: { } kind }:
                Make(new(kind, _database, head.Name), statement);
                break;
            default:
                throw new BackupException(BackupErrorKind.Source, $"the dump cannot be understood: {head.Verb} is nothing that it should have");
        }
    }

    /// <summary>What puts a setting back belongs to what was made under it, the rest to what comes.</summary>
    private void TakeSetting(ReadOnlySpan<byte> statement, SqlHead head)
    {
        bool putsBack = head.Verb == "SET" ? statement.IndexOf("= @saved_"u8) >= 0 : _takesEnd;
        if (!putsBack)
        {
            _pending.Add(statement.ToArray());
        }
        else if (_takesEnd)
        {
            Append(_made[^1].Sql, statement, isBody: false);
        }
    }

    private void TakeDrop(ReadOnlySpan<byte> statement)
    {
        var words = new SqlWords(statement);
        words.Read();
        words.Read();
        _takesEnd = false;
        if (!words.Is("TABLE"u8) && !words.Is("SEQUENCE"u8))
        {
            _pending.Add(statement.ToArray());
        }
    }

    private void Make(MySqlObject made, ReadOnlySpan<byte> statement)
    {
        // A view comes twice: first a placeholder, with which all others can be made, then itself.
        _made.RemoveAll(m => m.Object == made);
        var sql = new ArrayBufferWriter<byte>();
        foreach (byte[] pending in _pending)
        {
            Append(sql, pending, isBody: false);
        }

        _pending.Clear();
        Append(sql, statement, isBody: made.Kind != MySqlKind.View);
        _made.Add((made, sql));
        _takesEnd = true;
    }

    private static void Append(ArrayBufferWriter<byte> sql, ReadOnlySpan<byte> statement, bool isBody)
    {
        sql.Write(isBody ? "DELIMITER ;;\n"u8 : []);
        sql.Write(statement.Trim(" \n\r\t"u8));
        sql.Write(isBody ? "\n;;\nDELIMITER ;\n"u8 : ";\n"u8);
    }
}
