using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Holdfast.Fixtures;

/// <summary>A MariaDB server of our own, with its data in a folder that goes with it; reached by a socket there.</summary>
internal sealed class MariaDb : IAsyncDisposable
{
    private readonly TempFolder _folder;
    private readonly Process _server;

    private MariaDb(TempFolder folder, string[] user, bool hasBinaryLog)
    {
        _folder = folder;
        var start = new ProcessStartInfo("/usr/sbin/mariadbd")
        {
            RedirectStandardError = true,
            ArgumentList =
            {
                "--no-defaults", $"--datadir={_folder["data"]}", $"--socket={Socket}", $"--tmpdir={_folder.Path}", "--skip-networking", "--innodb-flush-log-at-trx-commit=0",
                "--innodb-log-file-size=16M", "--innodb-buffer-pool-size=64M", "--performance-schema=OFF", "--character-set-server=utf8mb4",
            },
        };
        foreach (string argument in user)
        {
            start.ArgumentList.Add(argument);
        }

        if (hasBinaryLog)
        {
            start.ArgumentList.Add($"--log-bin={_folder["log"]}");
            start.ArgumentList.Add("--server-id=7");
        }

        _server = Process.Start(start)!;

        // Its error log comes line by line; once it listens it says so, and nobody has to guess how long that takes.
        var said = new StringBuilder();
        while (_server.StandardError.ReadLine() is { } line)
        {
            said.AppendLine(line);
            if (line.Contains("ready for connections", StringComparison.Ordinal))
            {
                break;
            }
        }

        if (_server.HasExited)
        {
            throw new InvalidOperationException(said.ToString());
        }

        _ = _server.StandardError.ReadToEndAsync();
    }

    internal string Socket => _folder["s"];

    internal static async Task<MariaDb> StartAsync(bool hasBinaryLog = true)
    {
        // Temporary tables of two servers have the same names, so each has a place of its own for them.
        // The server refuses to run as root unless it is told to.
        string[] user = Environment.UserName == "root" ? ["--user=root"] : [];
        var folder = new TempFolder();
        string[] install =
        [
            "--no-defaults", $"--datadir={folder["data"]}", "--auth-root-authentication-method=normal", "--skip-test-db", $"--tmpdir={folder.Path}", "--innodb-log-file-size=16M", .. user,
        ];
        using Process made = Process.Start(new ProcessStartInfo("mariadb-install-db", install) { RedirectStandardOutput = true })!;
        await made.StandardOutput.ReadToEndAsync();
        await made.WaitForExitAsync();
        made.ExitCode.ShouldBe(0);
        return await Task.Run(() => new MariaDb(folder, user, hasBinaryLog));
    }

    /// <summary>Writes a password file that only we can read.</summary>
    internal string PasswordFile(string password)
    {
        string path = _folder[$"pw-{Guid.NewGuid():n}"];
        File.WriteAllText(path, password + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    /// <summary>Runs statements, in which DELIMITER counts and comments stay, and returns what they say, fields between tabs.</summary>
    internal async Task<string> RunAsync(string sql, string? database = null)
    {
        using Process client = Process.Start(Client(database))!;
        Task<string> output = client.StandardOutput.ReadToEndAsync();
        Task<string> errors = client.StandardError.ReadToEndAsync();
        await client.StandardInput.WriteAsync(sql);
        client.StandardInput.Close();
        string text = await output;
        await client.WaitForExitAsync();
        (client.ExitCode == 0).ShouldBeTrue(await errors + "\n" + sql[..Math.Min(sql.Length, 2000)]);
        return text;
    }

    /// <summary>Runs statements in a session that stays until what this returns is closed; their first answer has come.</summary>
    internal async Task<Process> HoldAsync(string sql)
    {
        ProcessStartInfo start = Client(null);
        start.ArgumentList.Add("--unbuffered");
        Process client = Process.Start(start)!;
        await client.StandardInput.WriteLineAsync(sql);
        await client.StandardInput.FlushAsync();
        (await client.StandardOutput.ReadLineAsync()).ShouldNotBeNull();
        return client;
    }

    /// <summary>Waits until a session of the server is in this state, as SHOW PROCESSLIST names it.</summary>
    internal async Task WaitForAsync(string state)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (await NumberAsync($"SELECT COUNT(*) FROM information_schema.processlist WHERE state = '{state}'") == 0)
        {
            patience.Token.ThrowIfCancellationRequested();
        }
    }

    internal async Task<long> NumberAsync(string sql) => long.Parse((await RunAsync(sql)).Trim(), CultureInfo.InvariantCulture);

    /// <summary>Loads what a source captured, in its order.</summary>
    internal async Task LoadAsync(string root) => await LoadAsync(root, await File.ReadAllLinesAsync($"{root}/files"), null);

    internal async Task LoadAsync(string root, string[] files, string? database)
    {
        using Process client = Process.Start(Client(database))!;
        Task<string> errors = client.StandardError.ReadToEndAsync();
        foreach (string file in files)
        {
            await using FileStream stream = File.OpenRead($"{root}/{file}");
            await stream.CopyToAsync(client.StandardInput.BaseStream);
        }

        client.StandardInput.Close();
        await client.WaitForExitAsync();
        (client.ExitCode == 0).ShouldBeTrue(await errors);
    }

    /// <summary>Takes away all databases and accounts that tests made.</summary>
    internal async Task ResetAsync()
    {
        string drops = await RunAsync("""
            SELECT CONCAT('DROP DATABASE `', REPLACE(schema_name, '`', '``'), '`;') FROM information_schema.schemata WHERE schema_name NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema');
            SELECT CONCAT(IF(is_role = 'Y', 'DROP ROLE ', 'DROP USER '), '`', REPLACE(user, '`', '``'), '`', IF(is_role = 'Y', '', CONCAT('@`', host, '`')), ';')
              FROM mysql.user WHERE user NOT IN ('root', 'mariadb.sys', 'PUBLIC');
            SELECT 'REVOKE ALL PRIVILEGES, GRANT OPTION FROM PUBLIC;' FROM mysql.user WHERE user = 'PUBLIC';
            """);
        await RunAsync(drops.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal));
    }

    /// <summary>What every object of the databases looks like, with a checksum of each table's rows: equal for equal servers.</summary>
    internal async Task<string[]> DescribeAsync()
    {
        string[] tables = (await RunAsync("""
            SELECT CONCAT('`', REPLACE(table_schema, '`', '``'), '`.`', REPLACE(table_name, '`', '``'), '`'), table_type FROM information_schema.tables
              WHERE table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') ORDER BY 1;
            """)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var ask = new StringBuilder("""
            SET group_concat_max_len = 1000000;
            SELECT schema_name, default_character_set_name, default_collation_name, schema_comment FROM information_schema.schemata ORDER BY 1;
            SELECT trigger_schema, trigger_name, event_manipulation, event_object_table, action_order, action_timing, action_statement, sql_mode, definer, character_set_client, database_collation
              FROM information_schema.triggers WHERE trigger_schema <> 'sys' ORDER BY 1, 2;
            SELECT routine_schema, routine_name, routine_type, routine_definition, sql_mode, definer, security_type, character_set_client, database_collation
              FROM information_schema.routines WHERE routine_schema <> 'sys' ORDER BY 1, 2, 3;
            SELECT event_schema, event_name, event_definition, interval_value, interval_field, starts, status, time_zone, sql_mode, database_collation FROM information_schema.events ORDER BY 1, 2;
            SELECT user, host, is_role, authentication_string, plugin, default_role, Select_priv, Super_priv FROM mysql.user WHERE user <> 'root' ORDER BY 1, 2;
            SELECT * FROM mysql.roles_mapping WHERE user <> 'root' ORDER BY 1, 2, 3; SELECT * FROM mysql.db ORDER BY 1, 2, 3;
            SELECT host, db, user, table_name, table_priv, column_priv FROM mysql.tables_priv ORDER BY 1, 2, 3, 4; SELECT host, db, user, table_name, column_name, column_priv FROM mysql.columns_priv ORDER BY 1, 2, 3, 4, 5;
            SELECT host, db, user, routine_name, routine_type, proc_priv FROM mysql.procs_priv ORDER BY 1, 2, 3, 4;

            """);
        foreach (string[] table in tables.Select(t => t.Replace("\\n", "\n", StringComparison.Ordinal).Split('\t')))
        {
            ask.Append($"SHOW CREATE TABLE {table[0]};\n");
            ask.Append(table[1] is "VIEW" ? string.Empty : table[1] is "SEQUENCE" ? $"SELECT * FROM {table[0]};\n" : $"CHECKSUM TABLE {table[0]} EXTENDED; SELECT COUNT(*) FROM {table[0]};\n");
        }

        return (await RunAsync(ask.ToString())).Split('\n');
    }

    private ProcessStartInfo Client(string? database)
    {
        var start = new ProcessStartInfo("mariadb")
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, StandardInputEncoding = new UTF8Encoding(false),
            ArgumentList = { "--no-defaults", "-uroot", "-S", Socket, "--default-character-set=utf8mb4", "--comments", "--batch", "--skip-column-names" },
        };
        if (database is not null)
        {
            start.ArgumentList.Add(database);
        }

        return start;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_server.HasExited)
        {
            _server.Kill();
            await _server.WaitForExitAsync();
        }

        _server.Dispose();
        _folder.Dispose();
    }
}
