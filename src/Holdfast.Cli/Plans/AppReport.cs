using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Plan;
using Spectre.Console;

namespace Holdfast.Cli.Plans;

/// <summary>What the commands about applications print.</summary>
internal static class AppReport
{
    internal static void Write(Output output, RecipeBook book)
    {
        foreach (PlanProblem problem in book.Problems)
        {
            output.Report(problem.ToString());
        }

        if (output.IsJson)
        {
            output.Json([.. book.Recipes.Select(r => ListingOf(r, hasText: false))], PlanJson.Default.ListRecipeListing);
            return;
        }

        var table = new Table { Border = TableBorder.None };
        foreach (string column in (string[])["recipe", "description", "from"])
        {
            table.AddColumn(column);
        }

        foreach (Recipe recipe in book.Recipes)
        {
            table.AddRow([.. new[] { recipe.Name, recipe.Description, recipe.File ?? "holdfast" }.Select(t => new Markup(Markup.Escape(t)))]);
        }

        output.Table(table);
    }

    internal static void Write(Output output, Recipe recipe)
    {
        if (output.IsJson)
        {
            output.Json(ListingOf(recipe, hasText: true), PlanJson.Default.RecipeListing);
            return;
        }

        output.Line($"# {recipe.File ?? "comes with holdfast; a file of your own in apps.d that has this name replaces it"}");
        output.Line(recipe.Text.TrimEnd('\n'));
    }

    internal static void Write(Output output, IReadOnlyList<Installation> found, bool hasRoots)
    {
        if (output.IsJson)
        {
            output.Json([.. found.Select(i => ListingOf(i, found, isWhole: false))], PlanJson.Default.ListInstallationListing);
            return;
        }

        foreach (Installation one in found)
        {
            Head(output, one, found);
        }

        if (found.Count == 0)
        {
            output.Say($"found no application{(hasRoots ? string.Empty : ": name the folders to look in")}");
        }
    }

    internal static void WriteWhole(Output output, IReadOnlyList<Installation> found)
    {
        if (output.IsJson)
        {
            output.Json([.. found.Select(i => ListingOf(i, found, isWhole: true))], PlanJson.Default.ListInstallationListing);
            return;
        }

        foreach (Installation one in found)
        {
            Head(output, one, found);
            if (one.Problem is not null)
            {
                continue;
            }

            (IReadOnlyList<string> before, IReadOnlyList<string> after, IReadOnlyList<string> check) = one.Commands;
            Part(output, "files", one.Paths);
            Part(output, "without", one.Excludes);
            Part(output, "before", before);
            Part(output, "after", after);
            Part(output, "check", check);
        }
    }

    private static void Head(Output output, Installation one, IReadOnlyList<Installation> all)
    {
        output.Line($"{one.Recipe.Name} {PathText.Printable(one.Root)}{(one.Version is { } version ? $" ({PathText.Printable(version)})" : string.Empty)}");
        Part(output, "settings", [one.Config]);
        Part(output, "note", one.Notes);
        if (one.Problem is { } problem)
        {
            Part(output, "problem", [problem]);
            return;
        }

        Part(output, "database", [.. one.Databases.Select(Text)]);
        Part(output, "plan", [PlanLine(one, all)]);
    }

    private static void Part(Output output, string name, IReadOnlyList<string> lines)
    {
        foreach (string line in lines)
        {
            output.Line($"  {name + ":",-10}{PathText.Printable(line)}");
        }
    }

    private static string Text(AppDatabaseListing database) =>
        $"{database.Kind} {database.Name}{(database.Server is { } server ? $" at {server}" : string.Empty)}{(database.User is { } user ? $" as {user}" : string.Empty)}";

    /// <summary>The entry for a plan. It names the configuration where the same folder has several.</summary>
    private static string PlanLine(Installation one, IReadOnlyList<Installation> all)
    {
        string config = all.Count(o => o.Root == one.Root && o.Recipe == one.Recipe) > 1 ? $", config: {PlanText.Scalar(one.Config[(one.Root.TrimEnd('/').Length + 1)..])}" : string.Empty;
        return $"- app: {{ recipe: {one.Recipe.Name}, path: {PlanText.Scalar(one.Root)}{config} }}";
    }

    private static RecipeListing ListingOf(Recipe recipe, bool hasText) => new(recipe.Name, recipe.Description, recipe.File, hasText ? recipe.Text : null);

    private static InstallationListing ListingOf(Installation one, IReadOnlyList<Installation> all, bool isWhole)
    {
        bool isGood = one.Problem is null;
        bool hasParts = isWhole && isGood;
        (IReadOnlyList<string> Before, IReadOnlyList<string> After, IReadOnlyList<string> Check)? commands = hasParts ? one.Commands : null;
        return new(
            one.Recipe.Name, one.Root, one.Config, one.Version, isGood ? [.. one.Databases] : [], one.Notes, one.Problem, isGood ? PlanLine(one, all) : null,
            hasParts ? one.Paths : null, hasParts ? one.Excludes : null, commands?.Before, commands?.After, commands?.Check);
    }
}
