using System.Reflection;
using Holdfast.Backend;

namespace Holdfast.Plan;

/// <summary>The recipes that there are: those of the program, and a folder's own, which replace those of the same name.</summary>
public sealed class RecipeBook
{
    /// <summary>The folder with own recipes, beside the plan file.</summary>
    public const string FolderName = "apps.d";

    private const string Shipped = "recipes/";

    private readonly SortedDictionary<string, Recipe> _recipes = new(StringComparer.Ordinal);
    private readonly List<PlanProblem> _problems = [];

    private RecipeBook()
    {
    }

    /// <summary>By name.</summary>
    public IReadOnlyCollection<Recipe> Recipes => _recipes.Values;

    /// <summary>What is wrong with own recipes. Those are not among the recipes, and neither is a shipped one that they would replace.</summary>
    public IReadOnlyList<PlanProblem> Problems => _problems;

    /// <param name="folder">Need not be there.</param>
    public static RecipeBook Load(string folder)
    {
        var book = new RecipeBook();
        Assembly program = typeof(RecipeBook).Assembly;
        foreach (string name in program.GetManifestResourceNames().Where(n => n.StartsWith(Shipped, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(program.GetManifestResourceStream(name)!);
            book.Add(reader.ReadToEnd(), name, null);
        }

        var own = new Dictionary<string, string>();
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.yaml") : [];
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            book.AddOwn(file, own);
        }

        return book;
    }

    /// <summary>Reads one text, for the tests of what is wrong in it.</summary>
    internal static Recipe? Read(string text, string? file, PlanProblems problems)
    {
        YamlNode? node = YamlText.Read(new StringReader(text), problems);
        return problems.IsEmpty ? new RecipeReader(problems).Read(node, text, file) : null;
    }

    /// <summary>The recipe of a name; null where there is none.</summary>
    public Recipe? Find(string name) => _recipes.GetValueOrDefault(name);

    private void AddOwn(string file, Dictionary<string, string> own)
    {
        string text;
        try
        {
            text = PlanFile.ReadText(file, "the recipe");
        }
        catch (BackupException e)
        {
            _problems.Add(new(file, default, e.Message));
            return;
        }

        if (Add(text, file, file) is not { } recipe)
        {
            return;
        }

        if (!own.TryAdd(recipe.Name, file))
        {
            _problems.Add(new(file, default, $"the recipe {recipe.Name} is in {own[recipe.Name]} as well: a name can be there once"));
        }
    }

    private Recipe? Add(string text, string source, string? file)
    {
        var problems = new PlanProblems(source);
        Recipe? recipe = Read(text, file, problems);
        _problems.AddRange(problems.All);
        if (!problems.IsEmpty)
        {
            _recipes.Remove(recipe?.Name ?? string.Empty);
            return null;
        }

        _recipes[recipe!.Name] = recipe;
        return recipe;
    }
}
