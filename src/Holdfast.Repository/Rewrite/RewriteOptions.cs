namespace Holdfast.Repository;

/// <summary>What to change in snapshots. Immutable.</summary>
public sealed record RewriteOptions
{
    /// <summary>Whether an absolute path is left out, with all below it; by default none is.</summary>
    public Func<string, bool> Excludes { get; init; } = static _ => false;

    /// <summary>Whether something below a folder may be: others are not looked into.</summary>
    public Func<string, bool> MayExcludeBelow { get; init; } = static _ => false;

    /// <summary>Whether an absolute path is kept, with all below it, and so is the way to it; null for all. A folder of which nothing is kept goes.</summary>
    public Func<string, bool>? Includes { get; init; }

    /// <summary>Whether something below a folder may be kept.</summary>
    public Func<string, bool> MayIncludeBelow { get; init; } = static _ => true;

    /// <summary>The host name from now on; null to leave it.</summary>
    public string? Host { get; init; }

    /// <summary>The time from now on; null to leave it.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Put the new snapshot in place of the old one; otherwise both are there, and the new one has the tag <c>rewrite</c>.</summary>
    public bool Forget { get; init; }

    /// <summary>Say only what would be done.</summary>
    public bool DryRun { get; init; }
}
