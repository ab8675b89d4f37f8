namespace Holdfast.Plan;

/// <summary>What one installation is made of. All paths are absolute.</summary>
internal sealed record AppParts
{
    internal required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Those of the paths that links lead to, each with the path that is a link, or lies behind one.</summary>
    internal IReadOnlyList<(string From, string To)> Links { get; init; } = [];

    /// <summary>Patterns, fixed to the root of the machine.</summary>
    internal required IReadOnlyList<string> Excludes { get; init; }

    internal required IReadOnlyList<AppDatabase> Databases { get; init; }

    /// <summary>Files of SQLite.</summary>
    internal required IReadOnlyList<string> Sqlite { get; init; }

    /// <summary>Folders with git repositories.</summary>
    internal required IReadOnlyList<string> Git { get; init; }

    internal IEnumerable<AppDatabaseListing> Listings => Databases.Select(d => d.Listing).Concat(Sqlite.Select(s => new AppDatabaseListing("sqlite", s, null, null)));
}
