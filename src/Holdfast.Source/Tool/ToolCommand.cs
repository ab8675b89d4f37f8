namespace Holdfast.Source;

/// <summary>A native tool to be run. Secrets go into files or a pipe, never in here.</summary>
/// <param name="Program">A name to be found in PATH, or a path.</param>
public sealed record ToolCommand(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>The Debian package that brings it, for the message where it is missing.</summary>
    public string? Package { get; init; }

    /// <summary>
    /// The child's environment; null for this process's own, without the settings of Holdfast and restic, which may hold secrets.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Whether something will be written to its standard input; otherwise that is empty.</summary>
    public bool TakesInput { get; init; }

    /// <summary>
    /// Whether it writes so much that it is to write in large pieces. Only for one that uses C's standard output, and flushes it where
    /// somebody waits for an answer.
    /// </summary>
    public bool WritesMuch { get; init; }

    /// <summary>Called with each line that it says on standard error, from another thread; null to keep only the last of it, for a failure.</summary>
    public Action<string>? OnErrorLine { get; init; }

    /// <summary>A file that was made for it, with the name that its errors are to have in its place.</summary>
    internal (string Made, string Shown)? File { get; init; }

    /// <summary>What messages call it.</summary>
    public string Name => Path.GetFileName(Program);
}
