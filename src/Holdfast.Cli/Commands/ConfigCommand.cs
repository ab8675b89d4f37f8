using System.CommandLine;
using Holdfast.Cli.Plans;
using Holdfast.Cli.Terminal;
using Holdfast.Plan;
using Holdfast.Protocol;

namespace Holdfast.Cli.Commands;

/// <summary>Looks at a plan file.</summary>
internal static class ConfigCommand
{
    internal static Command Create(Output output) => new("config", """
        Check or show a plan file.

        Examples:
          holdfast config check
          holdfast config show --config shop.yaml
        """)
    {
        Check(output), Show(output),
    };

    private static Command Check(Output output)
    {
        var command = new Command("check", """
            Say all that is wrong with a plan file, each with line and column. The repository is not opened.

            Example:
              holdfast config check --config shop.yaml
            """);
        var config = new ConfigOption(command);
        command.SetAction(parsed =>
        {
            string file = config.File(parsed);
            PlanReading reading = PlanFile.Read(file);
            List<PlanProblem> problems = [.. reading.Problems];
            if (reading.Document is { } document)
            {
                problems.AddRange(SecretFile.Of(document).Select(SecretFile.FindTrouble).OfType<string>().Select(t => new PlanProblem(file, default, t)));
            }

            Report(output, file, reading.Document, problems);
            return problems.Count == 0 ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static Command Show(Output output)
    {
        var command = new Command("show", """
            Show a plan file as it is understood: with every default, and paths made absolute. Passwords are not in it, only the names of their files.

            Example:
              holdfast config show --json
            """);
        var config = new ConfigOption(command);
        command.SetAction(parsed =>
        {
            PlanDocument document = PlanFile.Load(config.File(parsed));
            if (output.IsJson)
            {
                output.Json(document, PlanJson.Default.PlanDocument);
            }
            else
            {
                output.Line(PlanText.Write(document).TrimEnd('\n'));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Report(Output output, string file, PlanDocument? document, List<PlanProblem> problems)
    {
        if (output.IsJson)
        {
            List<ConfigProblem> all = [.. problems.Select(p => new ConfigProblem(p.Place == default ? null : p.Place.Line, p.Place == default ? null : p.Place.Column, p.Message))];
            output.Json(new("config", file, document?.Plans.Select(p => p.Name).ToList(), all), PlanJson.Default.ConfigResult);
            return;
        }

        problems.ForEach(p => output.Warn(p.ToString()));
        if (problems.Count == 0 && document is not null)
        {
            output.Say($"{file} is good: {(document.Plans.Count == 1 ? "plan" : "plans")} {string.Join(", ", document.Plans.Select(p => p.Name))}");
        }
    }
}
