using System.Diagnostics;

namespace Holdfast.Cli.Tests.Harness;

/// <summary>A temporary folder with a home of its own, in which programs are run: nothing of the machine is read or written.</summary>
public sealed class Sandbox : IDisposable
{
    /// <summary>Where the programs believe they are: never in the zone of the test, which reads the dates of UTC.</summary>
    internal static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <param name="parent">Where to make it; null for the machine's place for temporary files.</param>
    public Sandbox(string? parent = null)
    {
        Root = parent is null
            ? Directory.CreateTempSubdirectory("holdfast-test-").FullName
            : Directory.CreateDirectory(Path.Combine(parent, $"holdfast-test-{Guid.NewGuid():n}")).FullName;
        Directory.CreateDirectory(At("home"));
        PasswordFile = WriteSecret("password", "a good password");
    }

    public string Root { get; }

    public string PasswordFile { get; }

    /// <summary>The program under test: $HOLDFAST_BINARY, else the published one.</summary>
    private static string Program { get; } = Environment.GetEnvironmentVariable("HOLDFAST_BINARY") is { Length: > 0 } named
        ? named
        : Path.Combine(RepositoryRoot(), "artifacts/holdfast/holdfast");

    /// <summary>Stock restic: $HOLDFAST_RESTIC, else the one in the path.</summary>
    private static string Restic { get; } = Environment.GetEnvironmentVariable("HOLDFAST_RESTIC") is { Length: > 0 } named ? named : "restic";

    public string At(string relative) => Path.Combine(Root, relative);

    /// <summary>A file that only its owner can read.</summary>
    public string WriteSecret(string name, string content)
    {
        string path = At(name);
        File.WriteAllText(path, content + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    public Task<Outcome> HoldfastAsync(string repository, params string[] arguments) =>
        RunAsync(Program, ["-r", At(repository), "--password-file", PasswordFile, .. arguments]);

    /// <summary>
    /// A repository as it is, copied to the same name in a sandbox of the copy's own; without its locks, which come and go with the tests
    /// that read it just now.
    /// </summary>
    internal async Task<Sandbox> CopyAsync(string repository)
    {
        var copy = new Sandbox();
        (await copy.RunAsync("/bin/sh", ["-ec", """
            mkdir -p -m 700 "$2/locks"
            find "$1" -mindepth 1 -maxdepth 1 ! -name locks -exec cp -a -t "$2" {} +
            """, "copy", At(repository), copy.At(repository)])).ShouldSucceed();
        return copy;
    }

    /// <summary>The program with no repository and no password named.</summary>
    public Task<Outcome> BareAsync(params string[] arguments) => RunAsync(Program, arguments);

    public Task<Outcome> ResticAsync(string repository, params string[] arguments) =>
        RunAsync(Restic, ["-r", At(repository), "--password-file", PasswordFile, "--no-lock", .. arguments]);

    /// <summary>A script for sh, in which <c>hf</c> is the program; what it sets and exports counts for the program too.</summary>
    public Task<Outcome> ScriptAsync(string script, TimeSpan? patience = null) =>
        RunAsync("/bin/sh", ["-c", "hf() { \"$HOLDFAST_BINARY\" \"$@\"; }\n" + script], patience);

    /// <param name="patience">A minute where it is null.</param>
    public async Task<Outcome> RunAsync(string program, IEnumerable<string> arguments, TimeSpan? patience = null)
    {
        ProcessStartInfo start = Prepare(program, arguments);
        using Process process = Process.Start(start)!;
        using var stop = new CancellationTokenSource(patience ?? Patience);
        process.StandardInput.Close();
        using var output = new MemoryStream();
        Task<string> error = process.StandardError.ReadToEndAsync(stop.Token);
        try
        {
            await process.StandardOutput.BaseStream.CopyToAsync(output, stop.Token);
            await process.WaitForExitAsync(stop.Token);
            return new(process.ExitCode, output.ToArray(), await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end");
        }
    }

    /// <summary>Starts a command that runs until it is ended, and waits until it has said its first line.</summary>
    public Task<RunningProgram> StartAsync(string repository, params string[] arguments) =>
        RunningProgram.StartAsync(Prepare(Program, ["-r", At(repository), "--password-file", PasswordFile, .. arguments]));

    /// <summary>Starts a program, and kills it when the time is up, if it has not ended by then.</summary>
    internal async Task KillAsync(IEnumerable<string> arguments, TimeSpan after)
    {
        using Process process = Process.Start(Prepare(Program, arguments))!;
        process.StandardInput.Close();
        Task said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().WaitAsync(after);
        }
        catch (TimeoutException)
        {
            process.Kill();
        }

        await process.WaitForExitAsync();
        await said;
    }

    /// <remarks>By rm, because file names that are no UTF-8 are beyond .NET's own delete.</remarks>
    public void Dispose()
    {
        using Process remove = Process.Start("rm", ["-rf", Root]);
        remove.WaitForExit();
    }

    private ProcessStartInfo Prepare(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Root,
        };
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("HOLDFAST_") || k.StartsWith("RESTIC_") || k.StartsWith("XDG_")).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["HOME"] = At("home");
        start.Environment["XDG_CACHE_HOME"] = At("home/.cache");
        start.Environment["XDG_STATE_HOME"] = At("home/.state");
        start.Environment["HOLDFAST_CONFIG"] = At("home/holdfast.yaml"); // not there unless a test makes it
        start.Environment["TZ"] = Zone.Id;
        start.Environment["HOLDFAST_BINARY"] = Program;
        start.Environment.Remove("COLUMNS");
        return start;
    }

    internal static string RepositoryRoot()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Holdfast.slnx")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException("Holdfast.slnx is in no folder above the tests");
    }
}
