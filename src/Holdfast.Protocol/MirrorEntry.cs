namespace Holdfast.Protocol;

/// <summary>A test database that is made anew from the newest snapshot of a plan.</summary>
/// <param name="From">The plan.</param>
public sealed record MirrorEntry(string Name, string From)
{
    /// <summary>What is loaded where; null for a mirror of the other engine.</summary>
    public MirrorTarget? Mysql { get; init; }

    /// <inheritdoc cref="Mysql"/>
    public MirrorTarget? Postgresql { get; init; }

    /// <summary>A script of SQL that runs before anybody sees the data; absolute, null for none.</summary>
    public string? Mask { get; init; }
}
