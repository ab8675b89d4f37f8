using System.Security.Cryptography;
using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source.Tests;

public sealed class CommandSourceTests
{
    [Fact]
    public async Task What_a_command_writes_is_a_file_of_the_snapshot()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(CommandSource.Named("numbers", Shell("seq 1 300000")));

        string text = File.ReadAllText(await bench.RestoreAsync(summary) + "/.holdfast/commands/numbers");
        text.ShouldStartWith("1\n2\n");
        text.ShouldEndWith("\n300000\n");
        ManifestItem item = (await bench.ManifestAsync(summary))!.Sources.Single().Items.Single();
        item.ShouldBe(new("stream", "numbers")
        {
            Path = "/.holdfast/commands/numbers", Bytes = text.Length, Checksum = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(text))),
        });
    }

    [Theory]
    [InlineData("seq 1 300000; echo gone wrong >&2; exit 7", "sh ended with exit status 7: gone wrong")]
    [InlineData("seq 1 300000; kill -9 $$", "sh ended with exit status 137")]
    [InlineData("exit 0", "sh wrote nothing; let it write at least a line where there is truly nothing to keep")]
    public async Task A_command_that_fails_leaves_no_snapshot(string script, string message)
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        await bench.CaptureAsync(CommandSource.Named("a", Shell("echo good")));

        BackupException failure = await Should.ThrowAsync<BackupException>(() => bench.CaptureAsync(CommandSource.Named("a", Shell(script))));

        (failure.Kind, failure.Message).ShouldBe((BackupErrorKind.Source, message));
        (await bench.CountSnapshotsAsync()).ShouldBe(1);
    }

    [Theory]
    [InlineData("seq 1 300000; echo -- done", null)]
    [InlineData("echo -- done; head -c 4080 /dev/zero", null)]
    [InlineData("echo -- done; head -c 4096 /dev/zero", "has no '-- done' in its last 4096 bytes of 4104")]
    [InlineData("seq 1 300000", "has no '-- done' in its last 4096 bytes of 1988895")]
    [InlineData("echo -- don", "has no '-- done' in its last 4096 bytes of 7")]
    public async Task An_end_marker_must_be_in_the_end(string script, string? message)
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        Task<BackupSummary> run = bench.CaptureAsync(CommandSource.Named("a", Shell(script), new() { EndMarker = "-- done" }));
        if (message is null)
        {
            await run;
            return;
        }

        BackupException failure = await Should.ThrowAsync<BackupException>(run);
        (failure.Kind, failure.Message).ShouldBe((BackupErrorKind.Source, $"what sh wrote {message}: it was cut short, or the end marker is another"));
    }

    [Fact]
    public async Task A_command_that_takes_too_long_is_ended_and_fails_the_run()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupException failure = await Should.ThrowAsync<BackupException>(
            () => bench.CaptureAsync(CommandSource.Named("a", Shell("echo begun; exec sleep 1000"), new() { Timeout = TimeSpan.FromSeconds(1) })));
        failure.Message.ShouldBe("sh was not done after 1 seconds, and was ended; give it a longer timeout if it needs one");
    }

    [Fact]
    public async Task A_command_that_is_not_there_is_said_to_be_missing()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        var command = new ToolCommand("no-such-tool", []) { Package = "tools" };
        (await Should.ThrowAsync<BackupException>(() => bench.CaptureAsync(CommandSource.Named("a", command)))).Message
            .ShouldBe("no-such-tool is not there; install the package tools");
    }

    [Fact]
    public async Task What_a_tool_says_on_standard_error_is_passed_on_and_fills_no_pipe()
    {
        var lines = new System.Collections.Concurrent.ConcurrentQueue<string>();
        string text = await ToolProcess.ReadAsync(Shell("seq 1 100000 >&2; echo done") with { OnErrorLine = lines.Enqueue }, TestContext.Current.CancellationToken);
        text.ShouldBe("done\n");
        lines.Count.ShouldBe(100_000);
    }

    [Fact]
    public async Task What_a_tool_writes_is_passed_over_however_much_it_is_and_its_end_counts()
    {
        await ToolProcess.RunAsync(Shell("head -c 40M /dev/zero"), TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<BackupException>(() => ToolProcess.RunAsync(Shell("head -c 40M /dev/zero; echo no >&2; exit 3"), TestContext.Current.CancellationToken)))
            .Message.ShouldBe("sh ended with exit status 3: no");
    }

    [Fact]
    public async Task A_tool_that_is_given_up_is_gone_with_its_children()
    {
        int child;
        await using (ToolProcess tool = ToolProcess.Start(Shell("sleep 1000 & echo $!; wait")))
        {
            child = int.Parse((await new StreamReader(tool.Output).ReadLineAsync(TestContext.Current.CancellationToken))!, System.Globalization.CultureInfo.InvariantCulture);
            Directory.Exists($"/proc/{child}").ShouldBeTrue();
        }

        // A killed process may stay for a moment as a zombie, until init takes note.
        SpinWait.SpinUntil(() => !File.Exists($"/proc/{child}/stat") || File.ReadAllText($"/proc/{child}/stat").Contains(") Z ", StringComparison.Ordinal), TimeSpan.FromSeconds(30)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_tool_sees_none_of_our_settings()
    {
        Environment.SetEnvironmentVariable("HOLDFAST_PASSWORD", "secret");
        try
        {
            (await ToolProcess.ReadAsync(new("env", []), TestContext.Current.CancellationToken)).ShouldNotContain("secret");
        }
        finally
        {
            Environment.SetEnvironmentVariable("HOLDFAST_PASSWORD", null);
        }
    }

    private static ToolCommand Shell(string script) => new("sh", ["-c", script]);
}
