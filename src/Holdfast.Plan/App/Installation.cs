using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>An application as it lies on this machine.</summary>
public sealed class Installation
{
    private readonly InstallationSettings _settings;
    private AppParts? _parts;

    internal Installation(Recipe recipe, string root, string config)
    {
        (Recipe, Root, Config) = (recipe, root, config);
        _settings = new(recipe, root, config);
    }

    public Recipe Recipe { get; }

    /// <summary>The folder that it lies in.</summary>
    public string Root { get; }

    /// <summary>The file with its settings.</summary>
    public string Config { get; }

    /// <summary>As far as it can be read.</summary>
    public string? Version
    {
        get
        {
            try
            {
                return Recipe.Version is { } version ? _settings.Fill(version) : null;
            }
            catch (BackupException)
            {
                return null; // it is for people to look at, and nothing follows from it
            }
        }
    }

    /// <summary>What is worth knowing and keeps nothing from working.</summary>
    public IReadOnlyList<string> Notes
    {
        get
        {
            bool isGood = Problem is null; // what there is to note is found by reading
            return [.. isGood && Exposure() is { } exposed ? [exposed] : (string[])[], .. _settings.Notes];
        }
    }

    /// <summary>What its configuration leaves to the application to evaluate, so that folders of it may be missing in a backup.</summary>
    /// <exception cref="BackupException">It has a <see cref="Problem"/>.</exception>
    internal IReadOnlyList<string> Unread
    {
        get
        {
            FindParts(Recipe.Name);
            return _settings.Notes;
        }
    }

    /// <summary>Whether its configuration says, now, that it is paused. It is read anew: a run may have waited since the last time.</summary>
    /// <exception cref="BackupException">Kind Source: it cannot be read.</exception>
    internal bool IsPaused()
    {
        var settings = new InstallationSettings(Recipe, Root, Config);
        return Recipe.Unless.Count > 0 && Recipe.Unless.All(u => u.Value.Contains(settings.Text(u.Key), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Why it cannot be captured as an application; null where it can.</summary>
    public string? Problem
    {
        get
        {
            try
            {
                FindParts(Recipe.Name);
                return null;
            }
            catch (BackupException e)
            {
                return e.Message;
            }
        }
    }

    /// <summary>The databases that it names.</summary>
    /// <exception cref="BackupException">It has a <see cref="Problem"/>.</exception>
    public IReadOnlyList<AppDatabaseListing> Databases => [.. FindParts(Recipe.Name).Listings];

    /// <summary>The files and folders that it is made of, repositories and SQLite databases among them.</summary>
    /// <exception cref="BackupException">It has a <see cref="Problem"/>.</exception>
    public IReadOnlyList<string> Paths => [.. FilesOf(FindParts(Recipe.Name))];

    /// <summary>What of these is left out, as patterns.</summary>
    /// <exception cref="BackupException">It has a <see cref="Problem"/>.</exception>
    public IReadOnlyList<string> Excludes => FindParts(Recipe.Name).Excludes;

    /// <summary>The commands before and after the capture, and those of the check, each as one line.</summary>
    /// <exception cref="BackupException">It has a <see cref="Problem"/>.</exception>
    public (IReadOnlyList<string> Before, IReadOnlyList<string> After, IReadOnlyList<string> Check) Commands =>
        ([.. Recipe.Before.Select(Line)], [.. Recipe.After.Select(Line)],
        [
            .. Recipe.Checks.Files.Select(FillPath), .. Recipe.Checks.Queries.Select(_settings.Fill), .. Recipe.Checks.Commands.Select(Line),
        ]);

    /// <summary>The installation in a folder.</summary>
    /// <param name="config">Which configuration counts where there are several, from the root; null to look for it.</param>
    /// <exception cref="BackupException">Kind Source: there is none.</exception>
    public static Installation Open(Recipe recipe, string root, string? config)
    {
        string[] found = config is null ? RecipeSearch.FindConfigs(recipe, root) : [TargetPath.Clean(config, root)];
        return found switch
        {
            [] => throw new BackupException(BackupErrorKind.Source, $"{root} has no {recipe.Name}: {string.Join(" or ", recipe.Find.Select(f => f.File))} is not there, or not what it is to be"),
            [var one] => new(recipe, root, one),
            _ => throw new BackupException(BackupErrorKind.Source, $"{recipe.Name} {root} has several configurations: say which by `config`: {string.Join(", ", found.Select(f => f[(root.TrimEnd('/').Length + 1)..]))}"),
        };
    }

    /// <summary>The installation of a plan's entry.</summary>
    /// <exception cref="BackupException">It is not there, or has no recipe.</exception>
    public static Installation Open(AppEntry entry)
    {
        RecipeBook book = RecipeBook.Load(entry.RecipeFolder);
        Recipe recipe = book.Find(entry.Recipe) ?? throw new BackupException(BackupErrorKind.Refused, book.Problems.Count > 0 ? book.Problems[0].ToString() : $"there is no recipe {entry.Recipe}");
        return Open(recipe, entry.Path, entry.Config);
    }

    /// <param name="name">That of the application in its plan.</param>
    internal AppParts FindParts(string name) => _parts ??= new InstallationParts(Recipe, Root, Config, _settings, name).Read();

    internal static IEnumerable<string> FilesOf(AppParts parts) => parts.Paths.Concat(parts.Git).Concat(parts.Sqlite).Distinct();

    /// <summary>A command with its settings filled in.</summary>
    /// <exception cref="BackupException">A setting is missing, or nobody can be said to be the owner.</exception>
    internal AppCommandLine Fill(RecipeCommand command)
    {
        string[] run = [.. command.Run.Select(_settings.Fill)];
        return run[0].Length > 0
            ? new(run, command.Timeout, command.AsOwner ? ConfigOwner.Find(Root, Config, _settings.ConfigStatus) : null)
            : throw _settings.Failure($"a command of the recipe has no program: '{command.Run[0].Source}' is empty");
    }

    /// <summary>A path of the application, absolute.</summary>
    /// <exception cref="BackupException">A setting is missing.</exception>
    internal string FillPath(Template path) => TargetPath.Clean(_settings.Fill(path), Root);

    /// <summary>SQL with settings in it. Whoever may write the configuration must not be able to write statements with it, or commands of a client.</summary>
    /// <exception cref="BackupException">A setting is missing, or is no word.</exception>
    internal string FillQuery(Template query) => query.Fill(n => _settings.Text(n) is { } text && text.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.')
        ? text
        : throw new BackupException(BackupErrorKind.Refused, $"{n} is to stand in a query, where a setting may have letters, digits, '_', '-' and '.' only"));

    /// <summary>A command as one line, to be shown.</summary>
    /// <exception cref="BackupException">A setting is missing.</exception>
    internal string Line(RecipeCommand command) =>
        string.Join(' ', command.Run.Select(_settings.Fill)) + (command.AsOwner ? " (as the owner of the configuration)" : string.Empty);

    /// <summary>Applications are made so, and whoever may read the machine's files may read this one.</summary>
    private string? Exposure() =>
        Recipe.Settings.Values.Any(s => s.IsSecret) && (_settings.ConfigStatus.Permissions & (uint)UnixFileMode.OtherRead) != 0
            ? $"{Config} holds a password, and every user of this machine may read it"
            : null;
}
