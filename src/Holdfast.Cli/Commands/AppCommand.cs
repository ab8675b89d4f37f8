using System.CommandLine;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Cli.Plans;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Plan;
using Holdfast.Protocol;

namespace Holdfast.Cli.Commands;

/// <summary>Looks at recipes, and for the applications that they are for.</summary>
internal static class AppCommand
{
    internal static Command Create(Output output) => new("app", """
        Find applications on this machine, show the recipes by which a plan captures them, and check whether they work.

        Examples:
          holdfast app detect
          holdfast app show wordpress
          holdfast app check /var/www/blog
        """)
    {
        List(output), Detect(output), Show(output), Check(output),
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
            book.Problems.ToList().ForEach(p => output.Report(p.ToString()));
            var unreadable = new List<string>();
            var detector = new AppDetector(book.Recipes) { Depth = parsed.GetValue(depth), OnUnreadable = unreadable.Add };
            AppReport.Write(output, detector.Find(given.Length > 0 ? given : AppDetector.DefaultRoots, cancellation), hasRoots: given.Length > 0);
            if (unreadable.Count > 0)
            {
                output.Warn($"{Format.Count(unreadable.Count, "folder")} could not be read, such as {PathText.Printable(unreadable[0])}");
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

            AppReport.WriteWhole(output, At(book, given, default));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Check(Output output)
    {
        var command = new Command("check", """
            Check whether installations work, as their recipes say: files are there, queries succeed in the application's database, commands end with 0.

            Examples:
              holdfast app check /var/www/blog
              holdfast app check --config /etc/holdfast/holdfast.yaml
            """);
        var paths = new Argument<string[]>("path") { Description = "folders of installations (default: the applications of the plan file)", Arity = ArgumentArity.ZeroOrMore };
        command.Arguments.Add(paths);
        var config = new ConfigOption(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var report = new AppCheckReport(output);
            bool isGood = true;
            foreach (Installation one in Choose(parsed, parsed.GetValue(paths)!, config, trouble => isGood = output.Fail(trouble, ExitCode.Failed) == ExitCode.Done, cancellation))
            {
                isGood &= await report.RunAsync(one, cancellation);
            }

            report.Finish();
            return isGood ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    /// <param name="fail">Told of each application of a plan that cannot be found: it keeps no other from being checked.</param>
    private static IEnumerable<Installation> Choose(ParseResult parsed, string[] paths, ConfigOption config, Action<string> fail, CancellationToken cancellation)
    {
        if (paths.Length > 0)
        {
            RecipeBook book = Load(config, parsed);
            book.Problems.ToList().ForEach(p => fail(p.ToString()));
            return [.. paths.SelectMany(p => At(book, p, cancellation)).DistinctBy(i => (i.Recipe.Name, i.Config))];
        }

        AppEntry[] entries = [.. config.Choose(parsed, [], " or give the folder of an application").Plans.SelectMany(p => p.Sources).OfType<AppEntry>().DistinctBy(e => (e.Recipe, e.Path, e.Config))];
        return entries.Length > 0 ? Open(entries, fail) : throw new UsageException("no plan has an application: give the folder of one");
    }

    private static IEnumerable<Installation> Open(IEnumerable<AppEntry> entries, Action<string> fail)
    {
        foreach (AppEntry entry in entries)
        {
            Installation one;
            try
            {
                one = Installation.Open(entry);
            }
            catch (BackupException e)
            {
                fail($"application {entry.Name}: {e.Message}");
                continue;
            }

            yield return one;
        }
    }

    /// <exception cref="UsageException">There is none.</exception>
    private static IReadOnlyList<Installation> At(RecipeBook book, string path, CancellationToken cancellation)
    {
        string root = TargetPath.Clean(path, Environment.CurrentDirectory);
        Installation[] found = [.. new AppDetector(book.Recipes) { Depth = 3 }.Find([root], cancellation).Where(i => i.Root == root)];
        return found.Length > 0 ? found : throw new UsageException($"{PathText.Printable(root)} is the folder of no application that a recipe knows: see holdfast app list");
    }

    private static RecipeBook Load(ConfigOption config, ParseResult parsed) =>
        RecipeBook.Load(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(config.File(parsed))) ?? "/", RecipeBook.FolderName));
}
