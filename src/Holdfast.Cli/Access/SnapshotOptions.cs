using System.CommandLine;
using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Cli.Access;

/// <summary>The options by which a command chooses among snapshots, and the choosing.</summary>
internal sealed class SnapshotOptions
{
    private readonly Option<string[]> _host = new("--host", "-H")
    {
        Description = "only snapshots of this host (may be repeated)", HelpName = "name", DefaultValueFactory = _ => [],
    };

    private readonly Option<string[]> _tag = new("--tag")
    {
        Description = "only snapshots with all of these tags, comma-separated (may be repeated: any of the lists)", HelpName = "tags", DefaultValueFactory = _ => [],
    };

    private readonly Option<string[]> _path = new("--path")
    {
        Description = "only snapshots that hold this path (may be repeated: all of them)", HelpName = "path", DefaultValueFactory = _ => [],
    };

    internal SnapshotOptions(Command command)
    {
        command.Options.Add(_host);
        command.Options.Add(_tag);
        command.Options.Add(_path);
    }

    /// <summary>Those of the snapshots that the options let through, in the same order.</summary>
    internal List<StoredSnapshot> Filter(ParseResult parsed, IEnumerable<StoredSnapshot> snapshots)
    {
        string[] hosts = parsed.GetValue(_host)!;
        string[][] tags = [.. parsed.GetValue(_tag)!.Select(t => t.Split(','))];
        string[] paths = parsed.GetValue(_path)!;
        return [.. snapshots.Where(s =>
            (hosts.Length == 0 || hosts.Contains(s.Snapshot.Hostname))
            && (tags.Length == 0 || tags.Any(s.Snapshot.HasTags))
            && paths.All(p => s.Snapshot.Paths.Contains(p)))];
    }

    /// <summary>The snapshot that a user names by the beginning of its id, or by <c>latest</c>, with a folder in it after a colon.</summary>
    /// <exception cref="BackupException">Kind NotFound; or Refused where several ids begin like that.</exception>
    internal async Task<ChosenSnapshot> ChooseAsync(ParseResult parsed, OpenRepository repository, string name, CancellationToken cancellation)
    {
        int colon = name.IndexOf(':');
        string id = colon < 0 ? name : name[..colon];
        string folder = colon < 0 ? "/" : "/" + name[(colon + 1)..].Trim('/');
        if (id == "latest")
        {
            List<StoredSnapshot> all = await repository.ListSnapshotsAsync(e => repository.Options.Warn(e.Message), cancellation);
            return Filter(parsed, all) is [.., var newest]
                ? new(newest, folder)
                : throw new BackupException(BackupErrorKind.NotFound, $"there is no such snapshot at {repository.Backend.Location}: `holdfast list` shows what there is");
        }

        return new(await FindAsync(repository, id, cancellation), folder);
    }

    /// <summary>The one snapshot whose id begins like this.</summary>
    internal static async Task<StoredSnapshot> FindAsync(OpenRepository repository, string beginning, CancellationToken cancellation)
    {
        var found = new List<string>();
        if (beginning.Length > 0)
        {
            await foreach (BackendEntry entry in repository.Backend.ListAsync(FileType.Snapshot, cancellation))
            {
                if (entry.File.Name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase))
                {
                    found.Add(entry.File.Name);
                }
            }
        }

        return found switch
        {
            [var name] => await repository.LoadSnapshotAsync(new(Hash256.Parse(name)), cancellation),
            [] => throw new BackupException(BackupErrorKind.NotFound, $"there is no snapshot {beginning} at {repository.Backend.Location}: `holdfast list` shows what there is"),
            _ => throw new BackupException(BackupErrorKind.Refused, $"the ids of {found.Count} snapshots begin with {beginning}: give more digits"),
        };
    }
}
