namespace Holdfast.Protocol;

/// <summary>Git repositories that others push to meanwhile.</summary>
public sealed record GitEntry : SourceEntry
{
    /// <summary>Absolute; repositories, or patterns with <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>**</c>. At least one.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Have git prove that everything is there that a reference leads to.</summary>
    public bool Check { get; init; } = true;
}
