using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>An application of a plan, found and read.</summary>
internal sealed class Application
{
    private Application(AppEntry entry, Installation installation)
    {
        (Entry, Installation) = (entry, installation);
        Parts = installation.FindParts(entry.Name);

        // What is missing for a command is said now, and not when the application is already paused.
        Before = [.. installation.Recipe.Before.Select(installation.Fill)];
        After = [.. installation.Recipe.After.Select(installation.Fill)];
    }

    internal AppEntry Entry { get; }

    internal Installation Installation { get; }

    internal AppParts Parts { get; }

    internal IReadOnlyList<AppCommandLine> Before { get; }

    internal IReadOnlyList<AppCommandLine> After { get; }

    internal IEnumerable<ISource> Sources =>
        [new AppSource(Entry.Name, Installation, Parts), .. Parts.Databases.Select(d => new AppDatabaseSource(Entry.Name, d))];

    /// <exception cref="BackupException">It is not there, or its settings cannot be read.</exception>
    internal static Application Open(AppEntry entry)
    {
        RecipeBook book = RecipeBook.Load(entry.RecipeFolder);
        Recipe recipe = book.Find(entry.Recipe) ?? throw new BackupException(BackupErrorKind.Refused, book.Problems.Count > 0 ? book.Problems[0].ToString() : $"there is no recipe {entry.Recipe}");
        return new(entry, Installation.Open(recipe, entry.Path, entry.Config));
    }

    /// <summary>A plan's files with those of its applications. A plan has one walk.</summary>
    /// <param name="files">Null where the plan names none.</param>
    internal static FilesEntry? Merge(FilesEntry? files, IReadOnlyList<Application> applications)
    {
        string[] paths = [.. applications.SelectMany(a => Installation.FilesOf(a.Parts))];
        string[] excludes = [.. applications.SelectMany(a => a.Parts.Excludes)];
        files ??= paths.Length > 0 ? new() { Paths = [] } : null;
        return files is null ? null : files with { Paths = [.. files.Paths.Union(paths)], Exclude = [.. files.Exclude, .. excludes] };
    }

    /// <summary>What an application has must not lie inside what a server without a name has.</summary>
    /// <exception cref="BackupException">Kind Refused: it would.</exception>
    internal static void Compare(IReadOnlyList<ISource> sources)
    {
        foreach (ISource inner in sources)
        {
            if (sources.FirstOrDefault(s => s != inner && (inner.Root == s.Root || inner.Root.StartsWith(s.Root + "/", StringComparison.Ordinal))) is { } outer)
            {
                throw new BackupException(BackupErrorKind.Refused, $"{inner.Name} would lie at the same place in the snapshot as {outer.Name}: give each a `name` of its own in the plan");
            }
        }
    }
}
