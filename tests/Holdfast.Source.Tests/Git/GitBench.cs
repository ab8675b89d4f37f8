using Holdfast.Archiver;

namespace Holdfast.Source.Tests;

/// <summary>A folder with repositories, and git to work in them.</summary>
internal sealed class GitBench : IAsyncDisposable
{
    internal const string Root = "/.holdfast/git";

    private GitBench(SourceBench capture) => Capture = capture;

    internal SourceBench Capture { get; }

    internal static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal string this[string name] => $"{Capture.Folder}/{name}";

    internal static async Task<GitBench> CreateAsync() => new(await SourceBench.CreateAsync());

    internal static Task<string> GitAsync(string folder, params string[] arguments) => ToolProcess.ReadAsync(Command("git", ["-C", folder, .. arguments]), Cancellation);

    /// <summary>A script of bash with git in it; the first argument is the folder where it begins.</summary>
    internal static async Task<string> ScriptAsync(string folder, string script) =>
        (await ToolProcess.ReadAsync(Command("bash", ["-ec", $"cd \"$0\"; {script}", folder]), Cancellation)).TrimEnd();

    internal static ToolCommand Command(string program, IReadOnlyList<string> arguments) => new(program, arguments)
    {
        Environment = new Dictionary<string, string>
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH")!, ["HOME"] = "/nonexistent", ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_AUTHOR_NAME"] = "A", ["GIT_AUTHOR_EMAIL"] = "a@example.org", ["GIT_COMMITTER_NAME"] = "A", ["GIT_COMMITTER_EMAIL"] = "a@example.org",
            ["GIT_CONFIG_COUNT"] = "4", ["GIT_CONFIG_KEY_0"] = "init.defaultBranch", ["GIT_CONFIG_VALUE_0"] = "main", ["GIT_CONFIG_KEY_1"] = "protocol.file.allow",
            ["GIT_CONFIG_VALUE_1"] = "always", ["GIT_CONFIG_KEY_2"] = "gc.auto", ["GIT_CONFIG_VALUE_2"] = "0", ["GIT_CONFIG_KEY_3"] = "advice.detachedHead", ["GIT_CONFIG_VALUE_3"] = "false",
        },
    };

    /// <summary>Captures, restores, and has git look at every object; returns the restored git directory.</summary>
    internal async Task<string> RoundTripAsync(string gitFolder, GitSource? source = null)
    {
        BackupSummary summary = await Capture.CaptureAsync(source ?? new GitSource(new() { Paths = [gitFolder] }));
        string restored = await Capture.RestoreAsync(summary) + Root + gitFolder;
        string said = await ScriptAsync(restored, "git --git-dir=. fsck --full --strict --no-dangling 2>&1 | grep -v ^notice: || true");
        said.ShouldBeEmpty();
        return restored;
    }

    public ValueTask DisposeAsync() => Capture.DisposeAsync();
}
