using System.CommandLine;

namespace Holdfast.Cli.Access;

/// <summary>The options that name a repository and its password; a command that uses two has them twice.</summary>
/// <param name="Prefix">What the names of variables in the environment begin with, behind HOLDFAST_ or RESTIC_.</param>
/// <param name="Which">Such as <c>the repository</c>, for a question.</param>
internal sealed record AccessOptions(
    Option<string?> Repository, Option<string?> RepositoryFile, Option<string?> PasswordFile, Option<string?> PasswordCommand, Option<string?> KeyHint,
    string Prefix, string Which)
{
    internal string? Setting(string name) => GlobalOptions.Setting(Prefix + name);
}
