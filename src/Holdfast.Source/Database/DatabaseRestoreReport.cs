namespace Holdfast.Source;

/// <summary>What a restore of databases did.</summary>
public sealed record DatabaseRestoreReport
{
    public required int Databases { get; init; }

    /// <summary>Tables and sequences that were loaded.</summary>
    public required int Tables { get; init; }

    /// <summary>Rows, as counted on the target before a mask ran.</summary>
    public required long Rows { get; init; }

    /// <summary>Accounts and roles that were made.</summary>
    public required IReadOnlyList<string> Accounts { get; init; }

    /// <summary>What somebody should know, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
