using System.Diagnostics;

namespace Holdfast.Fixtures;

/// <summary>A server of Debian's package in a folder of its own, reached by a socket there.</summary>
internal sealed class PostgreSqlCluster : IAsyncDisposable
{
    internal const string Bin = "/usr/lib/postgresql/15/bin";
    internal const int Port = 5999;

    private readonly TempFolder _folder = new();

    private PostgreSqlCluster()
    {
    }

    internal string Folder => _folder.Path;

    internal static async Task<PostgreSqlCluster> StartAsync()
    {
        var cluster = new PostgreSqlCluster();
        await ShellAsync($"chmod 755 {cluster.Folder}; ! id postgres >/dev/null 2>&1 || [ $(id -u) != 0 ] || chown postgres {cluster.Folder}");
        await cluster.AsOwnerAsync($"{Bin}/initdb -D {cluster.Folder}/data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync");
        await ShellAsync($"sed -i '1i local all keyed scram-sha-256\\nlocal all peered peer' {cluster.Folder}/data/pg_hba.conf");
        await cluster.AsOwnerAsync(
            $"{Bin}/pg_ctl -D {cluster.Folder}/data -w -t 120 -l {cluster.Folder}/log -o '-p {Port} -k {cluster.Folder} -c listen_addresses= -c fsync=off -c wal_level=logical' start >/dev/null");
        return cluster;
    }

    /// <summary>Runs SQL and returns what psql writes; a failure of any statement is one of the test.</summary>
    internal Task<string> SqlAsync(string sql, string database = "postgres", string user = "postgres") =>
        ReadAsync("psql", ["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", Folder, "-p", $"{Port}", "-U", user, "-d", database, "-c", "SET client_encoding = 'UTF8'", "-c", sql]);

    /// <summary>Runs a script, meta-commands and all.</summary>
    internal async Task LoadAsync(string script, string database = "postgres") =>
        await ReadAsync("psql", ["-Xq", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "-h", Folder, "-p", $"{Port}", "-U", "postgres", "-d", database, "-f", script]);

    internal async Task LoadTextAsync(string text, string database = "postgres")
    {
        string file = $"{Folder}/script-{Guid.NewGuid():N}.sql";
        await File.WriteAllTextAsync(file, text);
        await LoadAsync(file, database);
    }

    internal async Task<string> DumpAsync(string program, params string[] arguments) =>
        await ReadAsync(program, ["-h", Folder, "-p", $"{Port}", "-U", "postgres", "--restrict-key=test", .. arguments]);

    internal static Task<string> ShellAsync(string script) => RunAsync("sh", ["-ec", script]);

    internal Task<string> AsOwnerAsync(string command) =>
        Environment.UserName == "root"
            ? RunAsync("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh", "-c", $"cd {Folder} && LC_ALL=C {command}"])
            : ShellAsync(command);

    private static Task<string> ReadAsync(string program, IReadOnlyList<string> arguments) => RunAsync($"{Bin}/{program}", arguments);

    private static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments)
    {
        using Process tool = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = tool.StandardError.ReadToEndAsync();
        string output = await tool.StandardOutput.ReadToEndAsync();
        await tool.WaitForExitAsync();
        return tool.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} failed: {await errors}");
    }

    public async ValueTask DisposeAsync()
    {
        await AsOwnerAsync($"{Bin}/pg_ctl -D {Folder}/data -w -m immediate stop >/dev/null");
        _folder.Dispose();
    }
}
