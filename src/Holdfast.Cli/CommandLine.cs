using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Holdfast.Cli.Access;
using Holdfast.Cli.Commands;
using Holdfast.Cli.Terminal;

namespace Holdfast.Cli;

/// <summary>All commands, in the order in which --help shows them.</summary>
internal static class CommandLine
{
    internal static RootCommand Build(Output output)
    {
        var root = new RootCommand("""
            Backup, migration and proven restore for Linux servers, in restic's repository format.

            Examples:
              holdfast backup /etc /home            the first time, this also makes an encrypted repository
              holdfast list                         what there is
              holdfast restore latest --target /tmp/restored
            """);
        foreach (Option option in GlobalOptions.All)
        {
            root.Options.Add(option);
        }

        foreach (Command command in (Command[])
            [
                InitCommand.Create(output), BackupCommand.Create(output),
                ListCommand.Create(output), ShowCommand.Create(output), LsCommand.Create(output), FindCommand.Create(output),
                DiffCommand.Create(output), DumpCommand.Create(output), StatsCommand.Create(output),
                RestoreCommand.Create(output), MountCommand.Create(output), ServeCommand.Create(output), CheckCommand.Create(output), PruneCommand.Create(output), RepairCommand.Create(output),
                ParityCommand.Create(output), RecoverCommand.Create(output),
                ForgetCommand.Create(output), UndeleteCommand.Create(output), PinCommand.Create(output), UnpinCommand.Create(output), TagCommand.Create(output),
                CopyCommand.Create(output), RewriteCommand.Create(output), MigrateCommand.Create(output),
                KeyCommand.Create(output), UnlockCommand.Create(output), ConfigCommand.Create(output), DatabaseCommand.Create(output), AppCommand.Create(output), MirrorCommand.Create(output), AcknowledgeCommand.Create(output),
                CatCommand.Create(output), CompletionCommand.Create(output),
            ])
        {
            root.Subcommands.Add(command);
        }

        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new BriefHelp((SynchronousCommandLineAction)help.Action!);
        return root;
    }

    /// <summary>
    /// A sentence about the first word that is neither command nor option; null where all are known. The parser takes a
    /// mistyped option for a path; one that is meant stands behind <c>--</c>.
    /// </summary>
    internal static string? FindUnknown(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens is [var word, ..])
        {
            string command = parsed.CommandResult.Command.Name;
            return word.StartsWith('-') ? $"there is no option {word}: see --help"
                : parsed.CommandResult.Command.Subcommands.Count > 0 ? $"'{word}' is no command of {command}: see {command} --help"
                : $"'{word}' is one word too many for {command}: see {command} --help";
        }

        HashSet<Token> arguments = [.. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(r => r.Tokens)];
        return parsed.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash).FirstOrDefault(t => t.Value is ['-', _, ..] && arguments.Contains(t)) is { } option
            ? $"there is no option {option.Value}: see --help; a path that begins with - goes behind --"
            : null;
    }
}
