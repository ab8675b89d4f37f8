using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>What a restore of databases would do.</summary>
public interface IDatabaseRestorePlan
{
    /// <summary>In words and numbers, a line each.</summary>
    IEnumerable<string> Describe();

    /// <summary>The databases that are on the server, with something in them, and would be replaced as a whole.</summary>
    IReadOnlyList<string> Replaced { get; }

    /// <summary>What somebody should know before, a sentence each; in the report as well.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>Carries it out.</summary>
    /// <exception cref="BackupException">The target is as it was; or, where it could not even be turned back, the next restore does that.</exception>
    Task<DatabaseRestoreReport> ExecuteAsync(CancellationToken cancellation);
}
