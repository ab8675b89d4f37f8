namespace Holdfast.Cli;

/// <summary>The user asked for something that cannot be; the message is the one sentence to print.</summary>
/// <param name="exitCode">1, unless the table has a better one.</param>
internal sealed class UsageException(string message, int exitCode = ExitCode.Failed) : Exception(message)
{
    internal int ExitCode { get; } = exitCode;
}
