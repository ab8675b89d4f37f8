using System.CommandLine;
using System.CommandLine.Invocation;

namespace Holdfast.Cli;

/// <summary>The library's help, but in the list of commands each has one line: the examples are for a command's own help.</summary>
internal sealed class BriefHelp(SynchronousCommandLineAction full) : SynchronousCommandLineAction
{
    /// <summary>Who asks for help need not say what a command wants.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        // The program ends after its help, so nobody misses what is cut here.
        foreach (Command command in parseResult.CommandResult.Command.Subcommands)
        {
            command.Description = FirstSentence(command.Description ?? string.Empty);
        }

        return full.Invoke(parseResult);
    }

    private static string FirstSentence(string text)
    {
        string line = text.Replace('\n', ' ');
        int end = line.IndexOfAny(['.', ';', ':']);
        return end < 0 ? line : line[..end];
    }
}
