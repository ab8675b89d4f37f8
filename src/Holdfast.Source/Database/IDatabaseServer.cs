using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>A database server, to be looked at without capturing anything.</summary>
public interface IDatabaseServer
{
    /// <summary>What messages call it, such as <c>mysql /run/mysqld/mysqld.sock</c>.</summary>
    string Name { get; }

    /// <summary>What it has, by name; those that belong to the server itself are left out.</summary>
    /// <exception cref="BackupException">Kind Source: it cannot be asked.</exception>
    Task<IReadOnlyList<DatabaseListing>> ListAsync(CancellationToken cancellation);

    /// <summary>Tries each right that a backup needs.</summary>
    /// <exception cref="BackupException">Kind Source: it cannot even be reached, or refuses the password.</exception>
    Task<IReadOnlyList<RightListing>> TestAsync(CancellationToken cancellation);
}
