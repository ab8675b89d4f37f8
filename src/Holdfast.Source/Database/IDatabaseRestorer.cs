using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>Brings databases of a snapshot back to a server: loaded beside what is there, counted, and put in its place at the end.</summary>
public interface IDatabaseRestorer
{
    /// <summary>What a restore would do. Changes nothing.</summary>
    /// <exception cref="BackupException">The snapshot has no such thing, a right is missing, or something is in the way.</exception>
    Task<IDatabaseRestorePlan> PlanAsync(DatabaseRestoreRequest request, CancellationToken cancellation);

    /// <summary>Turns back what an earlier restore left half done, and removes what it left beside; carrying out a plan begins with that.</summary>
    /// <param name="replaced">Databases that are to be replaced anyway: nothing is kept of what may have been written into them since.</param>
    /// <returns>The databases that were turned back.</returns>
    /// <exception cref="BackupException">The server cannot be reached, or another restore is under way.</exception>
    Task<IReadOnlyList<string>> TurnBackAsync(IReadOnlyCollection<string> replaced, CancellationToken cancellation);
}
