using System.Diagnostics;
using System.Text;

namespace Holdfast.Archiver.Tests;

/// <summary>Runs a program and expects it to succeed.</summary>
internal static class Command
{
    internal const string Password = "x";

    internal static string Run(string program, params string[] arguments) => RunIn("/", program, arguments);

    internal static string RunIn(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["RESTIC_PASSWORD"] = Password;
        using Process process = Process.Start(start)!;
        var errors = new StringBuilder();
        process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}: {errors}");
        return output;
    }
}
