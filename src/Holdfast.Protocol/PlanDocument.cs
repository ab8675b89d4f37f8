namespace Holdfast.Protocol;

/// <summary>What a plan file says, with every default filled in. It holds no secrets, only the names of files that do.</summary>
public sealed record PlanDocument
{
    /// <summary>The repository of all plans; null for the one in the state folder, or that of the command line.</summary>
    public string? Repository { get; init; }

    /// <summary>The file with its password; absolute.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>In the order of the file.</summary>
    public required IReadOnlyList<PlanEntry> Plans { get; init; }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<MirrorEntry> Mirrors { get; init; } = [];
}
