using System.Diagnostics;
using System.Text;

namespace Holdfast.Fixtures;

/// <summary>What a run of restic gave.</summary>
internal sealed record ResticResult(string Command, int ExitCode, byte[] Output, string Errors)
{
    internal string Text => Encoding.UTF8.GetString(Output);

    internal ResticResult ShouldSucceed()
    {
        ExitCode.ShouldBe(0, $"{Command}\n{Text}\n{Errors}");
        return this;
    }

    internal ResticResult ShouldFail()
    {
        ExitCode.ShouldNotBe(0, $"{Command}\n{Text}\n{Errors}");
        return this;
    }
}

/// <summary>
/// Runs the real restic against one repository: the one on the PATH, and the one that HOLDFAST_RESTIC names, where set.
/// </summary>
internal sealed class Restic(string program, string repository, string password)
{
    /// <summary>Generous: a loaded machine must not fail a test, a hanging restic must not stop the run.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Every restic to test with.</summary>
    public static TheoryData<string> Programs => Newer is { } newer ? [Stock, newer] : [Stock];

    internal static string Stock { get; } = FindOnPath("restic") ?? "restic";

    /// <summary>The restic that HOLDFAST_RESTIC names, or null.</summary>
    internal static string? Newer { get; } =
        Environment.GetEnvironmentVariable("HOLDFAST_RESTIC") is { Length: > 0 } path ? path : null;

    /// <summary>The zone in which restic writes times; null for the machine's own.</summary>
    internal string? Zone { get; init; }

    internal async Task<ResticResult> RunAsync(params string[] arguments)
    {
        using Process process = Start(arguments);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            process.StandardInput.Close();
            var output = new MemoryStream();
            Task copied = process.StandardOutput.BaseStream.CopyToAsync(output, patience.Token);
            string errors = await process.StandardError.ReadToEndAsync(patience.Token);
            await copied;
            await process.WaitForExitAsync(patience.Token);
            return new($"{program} {string.Join(' ', arguments)}", process.ExitCode, output.ToArray(), errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>Starts a command that waits for its standard input, and leaves it running; the caller kills it.</summary>
    internal Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(program, ["--no-cache", "-r", repository, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["RESTIC_PASSWORD"] = password;
        start.Environment["GOMAXPROCS"] = "2";
        if (Zone is not null)
        {
            start.Environment["TZ"] = Zone;
        }

        return Start(start);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start).ShouldNotBeNull();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException(
                $"{start.FileName} cannot be run ({e.Message}): these tests compare with the real restic, install the Debian package restic", e);
        }
    }

    private static string? FindOnPath(string name) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
