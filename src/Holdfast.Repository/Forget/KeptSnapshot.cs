namespace Holdfast.Repository;

/// <summary>A snapshot that stays, and all the rules that keep it.</summary>
public sealed record KeptSnapshot(StoredSnapshot Stored, IReadOnlyList<string> Reasons);
