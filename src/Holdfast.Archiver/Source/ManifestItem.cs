namespace Holdfast.Archiver;

/// <summary>One thing that was captured.</summary>
/// <param name="Kind">Such as <c>database</c>, <c>table</c>, <c>view</c>, <c>user</c>, <c>stream</c>, <c>repository</c>.</param>
/// <param name="Name">What its server calls it: <c>shop/orders</c>.</param>
public sealed record ManifestItem(string Kind, string Name)
{
    /// <summary>The file or folder that has it.</summary>
    public string? Path { get; init; }

    /// <summary>For a table with its rows, how many.</summary>
    public long? Rows { get; init; }

    /// <summary>Length of the content in bytes; for a path, of all files in it.</summary>
    public long? Bytes { get; init; }

    /// <summary>SHA-256 of the content, for a table of its rows alone; lower-case hexadecimal.</summary>
    public string? Checksum { get; init; }

    /// <summary>True where the rows were left out because the plan says so.</summary>
    public bool? SchemaOnly { get; init; }

    /// <summary>For a path, how many files are captured at and below it.</summary>
    public long? Files { get; init; }

    /// <summary>For a path, how many folders, itself among them.</summary>
    public long? Folders { get; init; }

    /// <summary>For a path, how many links, devices and FIFOs.</summary>
    public long? Others { get; init; }

    /// <summary>For a path, how often something at, below or above it could not be read, or not whole.</summary>
    public long? Errors { get; init; }

    /// <summary>True where the plan names it and it was not there.</summary>
    public bool? Missing { get; init; }
}
