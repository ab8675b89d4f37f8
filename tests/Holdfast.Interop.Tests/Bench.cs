using System.Diagnostics;

namespace Holdfast.Interop.Tests;

/// <summary>The built program, stock restic, a source folder and a repository for one test.</summary>
internal sealed class Bench : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    internal Bench()
    {
        Repository = Folder + "/repository";
        File.WriteAllText(PasswordFile, Command.Password);
        File.SetUnixFileMode(PasswordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>The restic in the path, and another where one is named.</summary>
    internal static string[] Restics { get; } =
        ["restic", .. Environment.GetEnvironmentVariable("HOLDFAST_RESTIC") is { Length: > 0 } other ? [other] : Array.Empty<string>()];

    internal static string Program { get; } = FindProgram();

    internal string Folder => _scratch.Path;

    internal string Source => _scratch.Source;

    internal string Target => _scratch.Target;

    internal string Repository { get; set; }

    internal string PasswordFile => Folder + "/password";

    internal string Place(string name, string content = "content") => Place(name, System.Text.Encoding.UTF8.GetBytes(content));

    internal string Place(string name, byte[] content)
    {
        string path = Source + "/" + name;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Runs the program with the repository and its password.</summary>
    internal Task<Outcome> HoldfastAsync(params string[] arguments) => EndAsync(Start(Program, ["-r", Repository, "-p", PasswordFile, .. arguments]));

    internal Task<Outcome> PlainAsync(params string[] arguments) => EndAsync(Start(Program, arguments));

    internal Task<Outcome> HoldfastAsync(byte[] input, params string[] arguments) =>
        EndAsync(Start(Program, ["-r", Repository, "-p", PasswordFile, .. arguments]), input);

    internal Task<Outcome> ResticAsync(string restic, params string[] arguments) =>
        EndAsync(Start(restic, ["--no-cache", "-r", Repository, "-p", PasswordFile, .. arguments]));

    internal Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Source,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["XDG_CACHE_HOME"] = Folder + "/cache";
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("HOLDFAST_") || k.StartsWith("RESTIC_")).ToList())
        {
            start.Environment.Remove(name);
        }

        return Process.Start(start)!;
    }

    internal static async Task<Outcome> EndAsync(Process process, byte[]? input = null)
    {
        Task<string> text = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using (process)
        {
            if (input is not null)
            {
                await process.StandardInput.BaseStream.WriteAsync(input);
            }

            process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                throw;
            }

            return new(process.ExitCode, await text, await errors);
        }
    }

    /// <summary>A repository with one snapshot of two files, made once and copied for each test.</summary>
    internal async Task<Bench> WithSnapshotAsync()
    {
        Place("first", TortureTree.Random(300_000, 1));
        Place("folder/second", TortureTree.Random(300_000, 2));
        (await HoldfastAsync("init")).ShouldEnd(0);
        (await HoldfastAsync("backup", "--read-concurrency", "1", Source)).ShouldEnd(0); // in order: first, then second
        return this;
    }

    internal string[] Files(string folder) =>
        [.. Directory.GetFiles($"{Repository}/{folder}", "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f).Length == 64)];

    internal string Only(string folder) => Files(folder).ShouldHaveSingleItem();

    /// <summary>The pack of data, or that of trees: the larger, or the smaller.</summary>
    internal string Pack(bool trees) => Files("data").OrderBy(f => new FileInfo(f).Length * (trees ? 1 : -1)).First();

    internal static void Flip(string file)
    {
        byte[] content = File.ReadAllBytes(file);
        content[content.Length / 3] ^= 4;
        File.WriteAllBytes(file, content);
    }

    public void Dispose() => _scratch.Dispose();

    private static string FindProgram()
    {
        if (Environment.GetEnvironmentVariable("HOLDFAST_BINARY") is { Length: > 0 } named)
        {
            return named;
        }

        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(folder + "/Holdfast.slnx"))
            {
                string program = folder + "/artifacts/holdfast/holdfast";
                return File.Exists(program) ? program : throw new InvalidOperationException($"{program} is not there: ./holdfast --version builds it");
            }
        }

        throw new InvalidOperationException("name the program with HOLDFAST_BINARY");
    }
}
