using System.CommandLine;
using Holdfast.Cli.Terminal;

namespace Holdfast.Cli.Commands;

/// <summary>Prints the script by which a shell completes command lines: it asks the program itself.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # holdfast completion for bash. Load it with: source <(holdfast completion bash)
        _holdfast() {
            local word=${COMP_WORDS[COMP_CWORD]} IFS=$'\n'
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "$word"))
        }
        complete -o bashdefault -o default -F _holdfast holdfast
        """;

    private const string Zsh = """
        #compdef holdfast
        # holdfast completion for zsh. Load it with: source <(holdfast completion zsh)
        _holdfast() {
            local -a found
            found=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
            compadd -a found
            _files
        }
        compdef _holdfast holdfast
        """;

    private const string Fish = """
        # holdfast completion for fish. Load it with: holdfast completion fish | source
        function __holdfast_complete
            set -l line (commandline -cp)
            holdfast "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c holdfast -a '(__holdfast_complete)'
        """;

    internal static Command Create(Output output)
    {
        var command = new Command("completion", """
            Print a script that teaches a shell to complete holdfast's commands and options.

            Examples:
              source <(holdfast completion bash)
              holdfast completion fish | source
            """);
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        command.Arguments.Add(shell);
        command.SetAction(parsed =>
        {
            output.Line(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return ExitCode.Done;
        });
        return command;
    }
}
