using System.CommandLine;
using Holdfast.Cli.Terminal;

namespace Holdfast.Cli.Access;

/// <summary>The options of a command that name a second repository, to take from; spelled as restic spells them.</summary>
internal sealed class FromOptions
{
    private readonly AccessOptions _options = new(
        Text("--from-repo", "repository to take from (default: $HOLDFAST_FROM_REPOSITORY, $RESTIC_FROM_REPOSITORY)", "location"),
        Text("--from-repository-file", "file to read the location of that repository from", "file"),
        Text("--from-password-file", "file to read its password from, readable by its owner only", "file"),
        Text("--from-password-command", "shell command that prints its password", "command"),
        Text("--from-key-hint", "try the key of it whose id begins like this first", "id"),
        "FROM_",
        "the repository to take from");

    internal FromOptions(Command command)
    {
        foreach (Option option in All)
        {
            command.Options.Add(option);
        }
    }

    private Option<string?>[] All => [_options.Repository, _options.RepositoryFile, _options.PasswordFile, _options.PasswordCommand, _options.KeyHint];

    /// <summary>Whether the command line has one of them.</summary>
    internal bool IsGiven(ParseResult parsed) => All.Any(o => parsed.GetValue(o) is not null);

    /// <summary>Whether they, or the environment, name a repository.</summary>
    internal bool IsNamed(ParseResult parsed, Output output) => new RepositoryAccess(parsed, output, _options).IsNamed;

    /// <exception cref="UsageException">No repository is named.</exception>
    internal RepositoryAccess Access(ParseResult parsed, Output output)
    {
        var access = new RepositoryAccess(parsed, output, _options);
        return access.IsNamed ? access : throw new UsageException("say which repository to take from, with --from-repo");
    }

    private static Option<string?> Text(string name, string description, string helpName) => new(name) { Description = description, HelpName = helpName };
}
