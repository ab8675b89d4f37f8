using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Protocol;
using Holdfast.Source;

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
    internal static Application Open(AppEntry entry) => new(entry, Installation.Open(entry));

    /// <summary>A plan with the files, SQLite databases and repositories of its applications in its own entries: there is one walk, and one place for each.</summary>
    /// <remarks>
    /// What is captured in one moment is left out of the walk: of two copies somebody would restore the wrong one.
    /// </remarks>
    /// <exception cref="BackupException">Repositories cannot be looked for.</exception>
    internal static PlanEntry Merge(PlanEntry plan, IReadOnlyList<Application> applications)
    {
        string[] sqlite = [.. applications.SelectMany(a => a.Parts.Sqlite)];
        string[] git = [.. applications.SelectMany(a => a.Parts.Git).SelectMany(GitSource.FindIn)];

        // A folder of repositories that is not there has none to miss: among the files, it is a path that is not there, and is named.
        string[] paths = [.. applications.SelectMany(a => a.Parts.Paths.Concat(WithReal(a.Parts.Git.Where(f => !Directory.Exists(f)))))];
        string[] excludes =
        [
            .. applications.SelectMany(a => a.Parts.Excludes),
            .. WithReal(sqlite.SelectMany(s => (string[])[s, s + "-wal", s + "-shm", s + "-journal"]).Concat(git)).Select(PathSearch.Escape),
        ];

        // In a plan these are patterns, and what an application says is a path.
        IReadOnlyList<SourceEntry> sources = With<FilesEntry>(
            plan.Sources, paths, p => new() { Paths = p }, (e, p) => e with { Paths = [.. e.Paths.Union(p)] });
        sources = With<SqliteEntry>(sources, [.. sqlite.Select(PathSearch.Escape)], p => new() { Paths = p }, (e, p) => e with { Paths = [.. e.Paths.Union(p)] });
        sources = With<GitEntry>(sources, [.. git.Select(PathSearch.Escape)], p => new() { Paths = p }, (e, p) => e with { Paths = [.. e.Paths.Union(p)] });
        return plan with { Sources = [.. sources.Select(s => s is FilesEntry files ? files with { Exclude = [.. files.Exclude, .. excludes] } : s)] };
    }

    private static IEnumerable<string> WithReal(IEnumerable<string> paths) => paths.SelectMany(p => new[] { p, RealPath.Of(p) }).Distinct();

    private static IReadOnlyList<SourceEntry> With<T>(IReadOnlyList<SourceEntry> sources, string[] paths, Func<string[], T> make, Func<T, string[], T> add)
        where T : SourceEntry =>
        paths.Length == 0 ? sources
            : sources.OfType<T>().Any() ? [.. sources.Select(s => s is T own ? add(own, paths) : s)]
            : [.. sources, make(paths)];

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
