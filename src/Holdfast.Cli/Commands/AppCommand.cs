using System.CommandLine;
using Holdfast.Archiver;
using Holdfast.Cli.Plans;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Plan;

namespace Holdfast.Cli.Commands;

/// <summary>Looks at recipes, and for the applications that they are for.</summary>
internal static class AppCommand
{
    internal static Command Create(Output output) => new("app", """
        Find applications on this machine, and show the recipes by which a plan captures them.

        Examples:
          holdfast app detect
          holdfast app show wordpress
        """)
    {
        List(output), Detect(output), Show(output),
    };

    private static Command List(Output output)
    {
        var command = new Command("list", """
            List the recipes: those of the program, and your own in apps.d beside the plan file.

            Example:
              holdfast app list
            """);
        var config = new ConfigOption(command);
        command.SetAction(parsed =>
        {
            RecipeBook book = Load(config, parsed);
            AppReport.Write(output, book);
            return book.Problems.Count == 0 ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static Command Detect(Output output)
    {
        var command = new Command("detect", """
            Find applications by their configuration files, and print the lines that capture them in a plan. Passwords are read, and never shown.

            Examples:
              holdfast app detect
              holdfast app detect /srv/sites --depth 3
            """);
        var roots = new Argument<string[]>("root") { Description = $"where to look (default: {string.Join(' ', AppDetector.DefaultRoots)})", Arity = ArgumentArity.ZeroOrMore };
        var depth = new Option<int>("--depth") { Description = "how many folders below a root to enter", HelpName = "n", DefaultValueFactory = _ => 6 };
        command.Arguments.Add(roots);
        var config = new ConfigOption(command);
        command.Options.Add(depth);
        command.SetAction((parsed, cancellation) =>
        {
            string[] given = [.. parsed.GetValue(roots)!.Select(r => TargetPath.Clean(r, Environment.CurrentDirectory))];
            if (given.FirstOrDefault(r => !Directory.Exists(r)) is { } missing)
            {
                throw new UsageException($"{PathText.Printable(missing)} is no folder");
            }

            if (parsed.GetValue(depth) is < 0 or > 100)
            {
                throw new UsageException("--depth is a number from 0 to 100");
            }

            RecipeBook book = Load(config, parsed);
            book.Problems.ToList().ForEach(p => output.Warn(p.ToString()));
            var unreadable = new List<string>();
            var detector = new AppDetector(book.Recipes) { Depth = parsed.GetValue(depth), OnUnreadable = unreadable.Add };
            AppReport.Write(output, detector.Find(given.Length > 0 ? given : AppDetector.DefaultRoots, cancellation), hasRoots: given.Length > 0);
            if (unreadable.Count > 0)
            {
                output.Warn($"{unreadable.Count} {(unreadable.Count == 1 ? "folder" : "folders")} could not be read, such as {PathText.Printable(unreadable[0])}");
            }

            return Task.FromResult(book.Problems.Count == 0 ? ExitCode.Done : ExitCode.Failed);
        });
        return command;
    }

    private static Command Show(Output output)
    {
        var command = new Command("show", """
            Show a recipe by its name, or what one makes of an installation by its path: files, databases, what is paused and how it is checked.

            Examples:
              holdfast app show nextcloud
              holdfast app show /var/www/blog
            """);
        var name = new Argument<string>("name") { Description = "a recipe, or the folder of an installation; a folder here is written ./NAME" };
        command.Arguments.Add(name);
        var config = new ConfigOption(command);
        command.SetAction(parsed =>
        {
            string given = parsed.GetValue(name)!;
            RecipeBook book = Load(config, parsed);
            if (!given.Contains('/'))
            {
                AppReport.Write(output, book.Find(given) ?? throw new UsageException(
                    book.Problems.Count > 0 ? book.Problems[0].ToString() : $"there is no recipe {given}: see holdfast app list; a folder is written ./{given}"));
                return ExitCode.Done;
            }

            string root = TargetPath.Clean(given, Environment.CurrentDirectory);
            IReadOnlyList<Installation> found = [.. new AppDetector(book.Recipes) { Depth = 3 }.Find([root], default).Where(i => i.Root == root)];
            AppReport.WriteWhole(output, found.Count > 0 ? found : throw new UsageException($"{PathText.Printable(root)} is the folder of no application that a recipe knows: see holdfast app list"));
            return ExitCode.Done;
        });
        return command;
    }

    private static RecipeBook Load(ConfigOption config, ParseResult parsed) =>
        RecipeBook.Load(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(config.File(parsed))) ?? "/", RecipeBook.FolderName));
}
