namespace Holdfast.Repository;

/// <summary>What a key file says about itself to those who have not its password.</summary>
/// <param name="IsCurrent">Whether this is the key the repository was opened with.</param>
public sealed record KeyInfo(KeyId Id, string User, string Host, DateTimeOffset Created, bool IsCurrent);
