using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Cli.Access;

/// <summary>Finds a file of the repository by the beginning of its name.</summary>
internal static class NamedFile
{
    /// <exception cref="BackupException">Kind NotFound; or Refused where several names begin like that.</exception>
    internal static async Task<BackendFile> FindAsync(
        OpenRepository repository, FileType type, string beginning, CancellationToken cancellation)
    {
        string kind = type.ToString().ToLowerInvariant();
        RequireHex(kind, beginning);
        var found = new List<BackendFile>();
        await foreach (BackendEntry entry in repository.Backend.ListAsync(type, cancellation))
        {
            if (entry.File.Name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase))
            {
                found.Add(entry.File);
            }
        }

        return found switch
        {
            [var file] => file,
            [] => throw Missing(type, beginning, repository),
            _ => throw Ambiguous(kind, beginning, found.Count),
        };
    }

    internal static BackupException Missing(FileType type, string beginning, OpenRepository repository) =>
        new(BackupErrorKind.NotFound, $"there is no {type.ToString().ToLowerInvariant()} {beginning} at {repository.Backend.Location}{Advice(type)}");

    private static string Advice(FileType type) => type == FileType.Snapshot ? ": `holdfast list` shows what there is" : string.Empty;

    /// <exception cref="UsageException">The text is no beginning of an id.</exception>
    internal static void RequireHex(string kind, string beginning)
    {
        if (beginning.Length is 0 or > 2 * Hash256.Size || !beginning.All(char.IsAsciiHexDigit))
        {
            throw new UsageException($"'{beginning}' is no id of {(kind[0] is 'i' or 'o' ? "an" : "a")} {kind}: give hexadecimal digits, at most 64");
        }
    }

    internal static BackupException Ambiguous(string kind, string beginning, int count) =>
        new(BackupErrorKind.Refused, $"the ids of {count} {kind}s begin with {beginning}: give more digits");
}
