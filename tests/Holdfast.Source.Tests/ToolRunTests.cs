using System.Diagnostics;
using Holdfast.Backend;

namespace Holdfast.Source.Tests;

public sealed class ToolRunTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("exit 0", null)]
    [InlineData("echo too bad >&2; exit 3", "sh ended with exit status 3: too bad")]
    public async Task A_command_is_done_though_what_it_started_lives_on_with_its_output(string end, string? message)
    {
        using var folder = new Fixtures.TempFolder();
        try
        {
            Task run = ToolRun.RunAsync(new("sh", ["-c", $"sleep 1000 & echo $! > \"$0\"; seq 100000; {end}", folder["pid"]]), s_timeout, TestContext.Current.CancellationToken);
            if (message is null)
            {
                await run;
            }
            else
            {
                (await Should.ThrowAsync<BackupException>(run)).Message.ShouldBe(message);
            }

            using Process service = Process.GetProcessById(await PidAsync());
            service.HasExited.ShouldBeFalse("what it started is to go on");
        }
        finally
        {
            using Process service = Process.GetProcessById(await PidAsync());
            service.Kill();
        }

        async Task<int> PidAsync() => int.Parse(await File.ReadAllTextAsync(folder["pid"], TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_command_that_is_not_done_in_time_is_ended() =>
        (await Should.ThrowAsync<BackupException>(() => ToolRun.RunAsync(new("sleep", ["1000"]), TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken)))
            .Message.ShouldStartWith("sleep was not done after 0 seconds, and was ended");

    [Fact]
    public async Task What_it_wrote_is_read_to_its_end() =>
        (await ToolRun.ReadAsync(new("seq", ["100000"]), s_timeout, TestContext.Current.CancellationToken)).ShouldEndWith("\n100000\n");
}
