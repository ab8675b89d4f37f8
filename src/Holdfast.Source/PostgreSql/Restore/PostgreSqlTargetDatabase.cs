namespace Holdfast.Source;

/// <summary>A database of the server that is restored to.</summary>
/// <param name="Owner">The role.</param>
/// <param name="IsMine">Whether who restores is its owner, or may act as that.</param>
/// <param name="IsOpen">Whether it allows connections.</param>
/// <param name="IsForAll">Whether every role may connect to it.</param>
/// <param name="Sessions">How many are connected to it.</param>
/// <param name="Prepared">Transactions that wait for their second phase.</param>
/// <param name="Slots">Logical replication slots, by name.</param>
internal sealed record PostgreSqlTargetDatabase(
    string Name, string Owner, bool IsMine, bool IsOpen, bool IsForAll, long Sessions, long Prepared, IReadOnlyList<string> Slots);
