using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>SQLite databases that others use meanwhile, each at one moment of its own: docs/design.md, "SQLite".</summary>
public sealed class SqliteSource(SqliteOptions options) : ISource
{
    public string Name => "sqlite";

    public string Root => "/.holdfast/databases/sqlite";

    public async Task CaptureAsync(SourceWriter writer, CancellationToken cancellation)
    {
        try
        {
            writer.Describe("library", $"SQLite {SqliteDatabase.LibraryVersion}");
            foreach (string path in Find())
            {
                await new SqliteCapture(options, path, Root + path).RunAsync(writer, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is LinuxException or NativeLibraryMissingException)
        {
            throw new BackupException(BackupErrorKind.Source, e.Message, e);
        }
    }

    private SortedSet<string> Find()
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string path in options.Paths)
        {
            List<string> here = PathSearch.IsPattern(path) ? [.. PathSearch.Find(path, SqliteFile.IsCandidate, _ => true)] : [path];
            found.UnionWith(here.Count > 0 ? here : throw new BackupException(BackupErrorKind.Source, $"sqlite: no file matches {PathText.Printable(path)}; take it out of the plan if that is right"));
        }

        return found;
    }
}
