using Holdfast.Plan;
using Holdfast.Protocol;
using Holdfast.Source;

namespace Holdfast.Cli.Plans;

/// <summary>Which databases of a snapshot go where.</summary>
/// <param name="Limits">At least one.</param>
/// <param name="To">The server; null for the one that the engine's client reaches by itself.</param>
/// <param name="Name">Another name; null for that in the snapshot.</param>
internal sealed record DatabaseRestoreChoice(IReadOnlyList<DatabaseLimit> Limits, SourceEntry? To, string? Name)
{
    internal bool Users { get; init; }

    internal bool BinaryLog { get; init; }

    internal bool EmptyExcluded { get; init; }

    internal bool DryRun { get; init; }

    internal SourceEntry ServerFor(DatabaseLimit limit) => To ?? (limit.IsMySql ? new MySqlEntry() : new PostgreSqlEntry());

    internal DatabaseRestoreRequest RequestFor(DatabaseLimit limit) => limit.ToRequest(Name, Users, BinaryLog, EmptyExcluded);
}
