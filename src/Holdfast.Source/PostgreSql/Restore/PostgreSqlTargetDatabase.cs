namespace Holdfast.Source;

/// <summary>A database of the server that is restored to.</summary>
/// <param name="IsMine">Whether who restores is its owner, or may act as that.</param>
/// <param name="IsOpen">Whether it allows connections.</param>
/// <param name="Sessions">How many are connected to it.</param>
/// <param name="Prepared">Transactions that wait for their second phase.</param>
/// <param name="Slots">Logical replication slots, by name.</param>
internal sealed record PostgreSqlTargetDatabase(string Name, bool IsMine, bool IsOpen, long Sessions, long Prepared, IReadOnlyList<string> Slots);
