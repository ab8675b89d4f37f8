using System.Diagnostics;

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
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}: {errors.GetAwaiter().GetResult()}");
        return output;
    }
}
