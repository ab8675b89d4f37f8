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

    /// <param name="isHostBrief">Whether -H is --host, and not an option of the command's own.</param>
    internal SnapshotOptions(Command command, bool isHostBrief = true)
    {
        if (!isHostBrief)
        {
            _host.Aliases.Remove("-H");
        }

        command.Options.Add(_host);
        command.Options.Add(_tag);
        command.Options.Add(_path);
    }

    /// <summary>Whether any of the options is given.</summary>
    internal bool IsGiven(ParseResult parsed) => ((Option[])[_host, _tag, _path]).Any(o => parsed.GetResult(o) is { Implicit: false });

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
            return new(Latest(parsed, await repository.ListSnapshotsAsync(e => repository.Options.Warn(e.Message), cancellation), repository), folder);
        }

        return new(await FindAsync(repository, id, cancellation), folder);
    }

    /// <summary>The snapshots that a user names, each by the beginning of its id or by <c>latest</c>; all that the options let through where none is named, without those in the trash.</summary>
    /// <param name="damaged">Told of every snapshot that cannot be read while all are listed.</param>
    /// <param name="isTrash">Those in the trash, and only those.</param>
    /// <exception cref="BackupException">Kind NotFound; or Refused where several ids begin like that.</exception>
    internal async Task<List<StoredSnapshot>> ChooseAllAsync(
        ParseResult parsed, OpenRepository repository, string[] names, CancellationToken cancellation, Action<BackupException>? damaged = null, bool isTrash = false)
    {
        if (names.Length == 0)
        {
            List<StoredSnapshot> all = await repository.ListSnapshotsAsync(damaged ?? (e => repository.Options.Warn(e.Message)), cancellation);
            return Filter(parsed, all.Where(s => s.Snapshot.IsInTrash() == isTrash));
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

    /// <summary>The same for a command that changes snapshots, among those it has listed. Names one or more.</summary>
    internal List<StoredSnapshot> ChooseFrom(ParseResult parsed, List<StoredSnapshot> all, IEnumerable<string> names, OpenRepository repository)
    {
        var chosen = new List<StoredSnapshot>();
        foreach (string name in names)
        {
            StoredSnapshot stored = name == "latest" ? Latest(parsed, all, repository) : FindIn(all, name, repository);
            if (!chosen.Exists(s => s.Id == stored.Id))
            {
                chosen.Add(stored);
            }
        }

        return chosen;
    }

    /// <summary>The one snapshot whose id begins like this, or began like this before the snapshot was changed.</summary>
    internal static async Task<StoredSnapshot> FindAsync(OpenRepository repository, string beginning, CancellationToken cancellation)
    {
        BackendFile file;
        try
        {
            file = await NamedFile.FindAsync(repository, FileType.Snapshot, beginning, cancellation);
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.NotFound)
        {
            return FindFormer(await repository.ListForChangeAsync(finish: false, cancellation), beginning) ?? throw new BackupException(e.Kind, e.Message, e);
        }

        return await repository.LoadSnapshotAsync(new(Hash256.Parse(file.Name)), cancellation);
    }

    /// <summary>Tags for a snapshot, from comma-separated lists.</summary>
    /// <exception cref="UsageException">One of them is a mark.</exception>
    internal static string[] ReadTags(string[] lists)
    {
        string[] tags = [.. lists.SelectMany(t => t.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Distinct()];
        return Array.Find(tags, Snapshot.IsMark) is { } mark
            ? throw new UsageException($"the tag {mark} is a mark that `holdfast {(mark == Snapshot.PinTag ? "pin" : "forget")}` sets: give another")
            : tags;
    }

    private static StoredSnapshot FindIn(List<StoredSnapshot> all, string beginning, OpenRepository repository)
    {
        NamedFile.RequireHex("snapshot", beginning);
        List<StoredSnapshot> found = all.FindAll(s => Begins(s.Id, beginning));
        return found switch
        {
            [var one] => one,
            [] => FindFormer(all, beginning) ?? throw NamedFile.Missing(FileType.Snapshot, beginning, repository),
            _ => throw NamedFile.Ambiguous("snapshot", beginning, found.Count),
        };
    }

    /// <summary>A change gives a snapshot another id; what a user noted down before still names it.</summary>
    private static StoredSnapshot? FindFormer(List<StoredSnapshot> all, string beginning)
    {
        List<StoredSnapshot> found = all.FindAll(s => Begins(s.Snapshot.Original, beginning) || Begins(s.Snapshot.Marks?.Replaces, beginning));
        return found.Count < 2 ? found.FirstOrDefault() : throw NamedFile.Ambiguous("snapshot", beginning, found.Count);
    }

    private static bool Begins(SnapshotId? id, string beginning) => id?.ToString().StartsWith(beginning, StringComparison.OrdinalIgnoreCase) == true;

    private StoredSnapshot Latest(ParseResult parsed, IEnumerable<StoredSnapshot> all, OpenRepository repository) =>
        Filter(parsed, all.Where(s => !s.Snapshot.IsInTrash())) is [.., var newest]
            ? newest
            : throw new BackupException(BackupErrorKind.NotFound, $"there is no such snapshot at {repository.Backend.Location}: `holdfast list` shows what there is");
}
