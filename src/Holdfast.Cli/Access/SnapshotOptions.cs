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

    /// <summary>The snapshots that a user names, each by the beginning of its id or by <c>latest</c>; all that the options let through where none is named.</summary>
    /// <param name="damaged">Told of every snapshot that cannot be read while all are listed.</param>
    /// <exception cref="BackupException">Kind NotFound; or Refused where several ids begin like that.</exception>
    internal async Task<List<StoredSnapshot>> ChooseAllAsync(
        ParseResult parsed, OpenRepository repository, string[] names, CancellationToken cancellation, Action<BackupException>? damaged = null)
    {
        if (names.Length == 0)
        {
            return Filter(parsed, await repository.ListSnapshotsAsync(damaged ?? (e => repository.Options.Warn(e.Message)), cancellation));
        }

        var chosen = new List<StoredSnapshot>();
        foreach (string name in names)
        {
            StoredSnapshot stored = name.Contains(':')
                ? throw new UsageException($"'{name}' names a folder, and this command takes whole snapshots")
                : (await ChooseAsync(parsed, repository, name, cancellation)).Stored;
            if (!chosen.Exists(s => s.Id == stored.Id))
            {
                chosen.Add(stored);
            }
        }

        return chosen;
    }

    /// <summary>The one snapshot whose id begins like this.</summary>
    internal static async Task<StoredSnapshot> FindAsync(OpenRepository repository, string beginning, CancellationToken cancellation)
    {
        BackendFile file = await NamedFile.FindAsync(repository, FileType.Snapshot, beginning, cancellation);
        return await repository.LoadSnapshotAsync(new(Hash256.Parse(file.Name)), cancellation);
    }
}
