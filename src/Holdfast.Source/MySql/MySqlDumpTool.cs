using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>The dump tool: one run of it is one moment of the server.</summary>
internal sealed class MySqlDumpTool
{
    private static readonly string[] s_programs = ["mariadb-dump", "mysqldump"];

    private readonly string _program;

    private MySqlDumpTool(string program, MySqlVersion version)
    {
        _program = program;
        Version = version;
    }

    internal MySqlVersion Version { get; }

    /// <exception cref="BackupException">Kind Source: there is none, or it is older than the server.</exception>
    internal static async Task<MySqlDumpTool> FindAsync(MySqlOptions options, MySqlVersion server, CancellationToken cancellation)
    {
        string program = options.DumpProgram ?? MySqlClient.FindProgram(s_programs);
        string said = await ToolProcess.ReadAsync(new(program, ["--version"]) { Package = MySqlClient.Package }, cancellation).ConfigureAwait(false);
        MySqlVersion version = MySqlVersion.OfTool(said);
        return !version.IsOlderThan(server)
            ? new(program, version)
            : throw new BackupException(
                BackupErrorKind.Source, $"{program} is of version {version.Text}, the server of {server.Text}: it may leave out what it does not know; install one that is not older");
    }

    /// <param name="tablesWithoutRows">As <c>database.table</c>.</param>
    internal ToolCommand Command(MySqlLogin login, bool hasBinaryLog, IEnumerable<string> databases, IEnumerable<string> tablesWithoutRows) => new(
        _program,
        [
            login.Argument, "--single-transaction", "--quick", "--order-by-primary", "--routines", "--events", "--triggers", "--skip-dump-date",
            "--skip-add-locks", "--skip-disable-keys", "--default-character-set=utf8mb4", "--max-allowed-packet=1G",
            .. Version.IsMariaDb
                ? (string[])["--add-drop-trigger", .. Version is { Major: > 10 } or { Major: 10, Minor: >= 11 } ? ["--dump-history"] : (string[])[]]
                : ["--no-tablespaces", "--set-gtid-purged=OFF"],
            .. hasBinaryLog ? [Version is { IsMariaDb: false, Major: >= 8 } ? "--source-data=2" : "--master-data=2"] : (string[])[],
            .. Version.IsMariaDb ? tablesWithoutRows.Select(t => $"--ignore-table-data={t}") : [],
            "--databases", "--", .. databases,
        ]) { WritesMuch = true };
}
