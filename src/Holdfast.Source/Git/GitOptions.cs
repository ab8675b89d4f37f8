namespace Holdfast.Source;

/// <summary>Which git repositories are captured, and how.</summary>
public sealed record GitOptions
{
    /// <summary>Absolute; repositories, or patterns as of <see cref="Archiver.PathSearch"/>. At least one.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Whether git has to prove that all is there that a reference leads to.</summary>
    public bool Check { get; init; } = true;
}
