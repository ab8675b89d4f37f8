using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary>The option of every command that changes something: say what would be done, and do nothing.</summary>
internal static class DryRunOption
{
    internal static Option<bool> Create(string description = "print what would be done, and do nothing") =>
        new("--dry-run", "-n", "--simulate") { Description = description };
}
