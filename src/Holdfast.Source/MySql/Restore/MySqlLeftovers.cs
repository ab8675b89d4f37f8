namespace Holdfast.Source;

/// <summary>What lies beside databases of a server when a restore comes.</summary>
/// <param name="Begun">The notes on databases that are not what they were, nor what they were to become.</param>
/// <param name="Strangers">For databases with something beside that no restore from this repository made: why it is left alone.</param>
internal sealed record MySqlLeftovers(IReadOnlyList<MySqlSwapNotes> Begun, IReadOnlyDictionary<string, string> Strangers);
