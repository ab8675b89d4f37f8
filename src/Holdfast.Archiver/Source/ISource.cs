using Holdfast.Backend;

namespace Holdfast.Archiver;

/// <summary>Something to capture that is not files at their own paths: a database server, the output of a command.</summary>
public interface ISource
{
    /// <summary>What messages and the manifest call it, such as <c>mysql /run/mysqld/mysqld.sock</c>.</summary>
    string Name { get; }

    /// <summary>The absolute path in the snapshot at or below which all of it lies; it becomes one of the snapshot's paths.</summary>
    string Root { get; }

    /// <summary>Captures all of it, or throws: then there will be no snapshot (R12). Nothing is left running when it returns.</summary>
    /// <exception cref="BackupException">It could not be captured whole; the message says what, where, and what to do.</exception>
    Task CaptureAsync(SourceWriter writer, CancellationToken cancellation);
}
