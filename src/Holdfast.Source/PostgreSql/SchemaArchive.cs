using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>
/// All definitions of a database, as pg_dump has them, without rows: taken once, in memory, so that the database is locked and read
/// once, and its parts are of one piece. pg_restore makes the texts of it.
/// </summary>
internal sealed partial class SchemaArchive
{
    /// <summary>Milliseconds to wait for a table. It is ours already: only one who waits for us can be in the way, and it would be for ever.</summary>
    private const string LockWait = "10000";

    private readonly byte[] _archive;
    private readonly PostgreSqlLogin _login;
    private readonly PostgreSqlTools _tools;
    private readonly string[] _contents;

    private SchemaArchive(byte[] archive, PostgreSqlLogin login, PostgreSqlTools tools, string[] contents)
    {
        _archive = archive;
        _login = login;
        _tools = tools;
        _contents = contents;
    }

    internal static async Task<SchemaArchive> DumpAsync(PostgreSqlLogin login, PostgreSqlTools tools, string database, string snapshot, CancellationToken cancellation)
    {
        ToolCommand dump = Dump(login, tools, database, snapshot, "-Fc", "-Z0", "--section=pre-data", "--section=post-data");
        byte[] archive = await ToolFilter.RunAsync(dump, default, cancellation).ConfigureAwait(false);
        byte[] list = await ToolFilter.RunAsync(login.Alone(tools.Find("pg_restore", "-C", "-l")), archive, cancellation).ConfigureAwait(false);
        return new(archive, login, tools, Encoding.UTF8.GetString(list).Split('\n'));
    }

    /// <summary>A pg_dump of what the snapshot has, in UTF-8.</summary>
    internal static ToolCommand Dump(PostgreSqlLogin login, PostgreSqlTools tools, string database, string snapshot, params IReadOnlyList<string> what) =>
        login.Connected(tools.Find("pg_dump", [$"--snapshot={snapshot}", "--encoding=UTF8", $"--lock-wait-timeout={LockWait}", .. what]), database);

    /// <summary>Creates the database with its properties, and connects to it; for those that each server has, only the properties.</summary>
    internal async Task<byte[]> WriteDatabaseAsync(string database, bool isThere, CancellationToken cancellation)
    {
        _login.WritePrivate("list", string.Join('\n', _contents.Where(l => DatabaseEntry().IsMatch(l))) + "\n");
        byte[] text = await RestoreAsync(cancellation, "-C", "-L", _login.FilePath("list")).ConfigureAwait(false);

        // pg_restore's -C creates it, whatever the list says; and has the properties nowhere else.
        int at = isThere ? text.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\nCREATE DATABASE {database} ")) + 1 : 0;
        return at == 0 ? text : [.. text[..at], .. text[(at + text.AsSpan(at).IndexOf((byte)'\n') + 1)..]];
    }

    /// <param name="section"><c>pre-data</c> or <c>post-data</c>.</param>
    internal Task<byte[]> WriteSectionAsync(string section, CancellationToken cancellation) => RestoreAsync(cancellation, $"--section={section}");

    /// <exception cref="BackupException">Something that the catalogue lists is not in the dump.</exception>
    internal void Verify(IReadOnlyList<CatalogueObject> objects)
    {
        // D38
        var there = new HashSet<(uint, uint)>();
        foreach (string line in _contents)
        {
            if (Entry().Match(line) is { Success: true } match)
            {
                there.Add((uint.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), uint.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture)));
            }
        }

        List<CatalogueObject> missing = [.. objects.Where(o => !there.Contains((o.Class, o.Id)))];
        if (missing.Count > 0)
        {
            string more = missing.Count > 1 ? $", and {missing.Count - 1} more" : string.Empty;
            string why = missing.Exists(o => o.Kind == "subscription") ? "; only a superuser may dump subscriptions" : string.Empty;
            throw new BackupException(BackupErrorKind.Source, $"the {missing[0].Kind} {missing[0].Name}{more} is not in what pg_dump wrote{why}");
        }
    }

    private Task<byte[]> RestoreAsync(CancellationToken cancellation, params IReadOnlyList<string> what) =>
        ToolFilter.RunAsync(_login.Alone(_tools.Find("pg_restore", [.. what, "-f", "-"])), _archive, cancellation);

    [GeneratedRegex("^[0-9]+; ([0-9]+) ([0-9]+) ")]
    private static partial Regex Entry();

    [GeneratedRegex("^[0-9]+; [0-9]+ [0-9]+ (DATABASE |DATABASE PROPERTIES |(COMMENT|ACL|SECURITY LABEL) - DATABASE )")]
    private static partial Regex DatabaseEntry();
}
