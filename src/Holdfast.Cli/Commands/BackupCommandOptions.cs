using System.CommandLine;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Cli.Access;
using Holdfast.Cli.Terminal;
using Holdfast.Cli.Plans;
using Holdfast.Linux;
using Holdfast.Plan;
using Holdfast.Protocol;
using Holdfast.Repository;
using Holdfast.Source;

namespace Holdfast.Cli.Commands;

/// <summary>The options of `backup`, spelled as restic spells them, and how they become a request to the archiver.</summary>
internal sealed class BackupCommandOptions
{
    private readonly Argument<string[]> _paths = new("path") { Description = "files and folders to back up; or plans of the plan file", Arity = ArgumentArity.ZeroOrMore };
    private readonly PatternOptions _excludes;
    private readonly Option<bool> _excludeCaches = new("--exclude-caches") { Description = "leave out the content of folders with a CACHEDIR.TAG" };
    private readonly Option<string[]> _excludeIfPresent = Many("--exclude-if-present", "leave out the content of folders with this file, which may have to begin with a header", "name[:header]");
    private readonly Option<string?> _excludeLarger = new("--exclude-larger-than") { Description = "leave out files larger than this, such as 100M or 2G", HelpName = "size" };
    private readonly Option<bool> _oneFileSystem = new("--one-file-system", "-x") { Description = "do not cross into other file systems; mount points are kept as empty folders" };
    private readonly Option<string[]> _filesFrom = Many("--files-from", "read paths with wildcards from a file (- for standard input), one a line, # for comments", "file");
    private readonly Option<string[]> _filesFromVerbatim = Many("--files-from-verbatim", "read paths from a file (- for standard input), one a line, taken as they are", "file");
    private readonly Option<string[]> _filesFromRaw = Many("--files-from-raw", "read paths from a file (- for standard input), each ended by a NUL byte", "file");
    private readonly Option<bool> _stdin = new("--stdin") { Description = "store standard input as one file" };
    private readonly Option<bool> _stdinFromCommand = new("--stdin-from-command") { Description = "store what a command writes as one file; the arguments are the command, after --" };
    private readonly Option<string> _stdinFileName = new("--stdin-filename") { Description = "the name for it", HelpName = "name", DefaultValueFactory = _ => "stdin" };
    private readonly Option<string[]> _source = Many("--source", "capture this too: mysql:KEY=VALUE,…, postgresql:…, mongodb:…, sqlite:path=FILE, git:path=REPOSITORY, command:NAME=PROGRAM ARGUMENT…, fifo:NAME=PATH", "source");
    private readonly Option<bool> _readFifos = new("--read-fifos") { Description = "store what is written into a FIFO, as a file; otherwise the FIFO itself is stored" };
    private readonly Option<string?> _fifoTimeout = new("--fifo-timeout") { Description = "how long to wait for somebody to write into a FIFO, each time (default: 1m)", HelpName = "duration" };
    private readonly Option<bool> _force = new("--force", "-f") { Description = "read every file, whatever the parent snapshot says" };
    private readonly Option<string?> _parent = new("--parent") { Description = "the snapshot to compare with (default: the newest of this host with the same paths)", HelpName = "snapshot" };
    private readonly Option<string> _groupBy = new("--group-by", "-g")
    {
        Description = "without --parent: compare with the newest snapshot of the same host, paths and tags, comma-separated; '' for the newest of all", HelpName = "group",
        DefaultValueFactory = _ => "host,paths",
    };

    private readonly Option<bool> _ignoreCtime = new("--ignore-ctime") { Description = "a changed ctime alone does not make a file changed" };
    private readonly Option<bool> _ignoreInode = new("--ignore-inode") { Description = "a changed inode number alone does not make a file changed" };
    private readonly Option<bool> _withAtime = new("--with-atime") { Description = "store access times" };
    private readonly Option<bool> _skipIfUnchanged = new("--skip-if-unchanged") { Description = "save no snapshot where nothing has changed" };
    private readonly Option<bool> _dryRun = DryRunOption.Create("find out what would be stored, and store nothing");
    private readonly Option<bool> _noScan = new("--no-scan") { Description = "do not count beforehand what there is: progress then shows no share and no time left" };
    private readonly Option<string[]> _tags = Many("--tag", "tags for the snapshot, comma-separated", "tags");
    private readonly Option<string?> _host = new("--host", "-H") { Description = "the host name for the snapshot", HelpName = "name" };
    private readonly Option<string?> _time = new("--time") { Description = "the time for the snapshot, such as '2026-11-21 14:03:00' (default: now)", HelpName = "time" };
    private readonly Option<int> _readers = new("--read-concurrency")
    {
        Description = "files to read at the same time (default: the number of processors)", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    internal BackupCommandOptions(Command command)
    {
        Config = new(command);
        command.Arguments.Add(_paths);
        _excludes = PatternOptions.Exclude(command);
        foreach (Option option in (Option[])
            [
                _excludeCaches, _excludeIfPresent, _excludeLarger, _oneFileSystem,
                _filesFrom, _filesFromVerbatim, _filesFromRaw, _stdin, _stdinFromCommand, _stdinFileName, _source, _readFifos, _fifoTimeout, _force, _parent, _groupBy, _ignoreCtime, _ignoreInode, _withAtime,
                _skipIfUnchanged, _dryRun, _noScan, _tags, _host, _time, _readers,
            ])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Where the plans are.</summary>
    internal ConfigOption Config { get; }

    /// <summary>The words of the command line that are no options.</summary>
    internal string[] Words(ParseResult parsed) => parsed.GetValue(_paths)!;

    /// <summary>Whether it says what to back up, other than by words: then no plan is meant.</summary>
    internal bool NamesSources(ParseResult parsed) =>
        ((Option[])[_filesFrom, _filesFromVerbatim, _filesFromRaw, _stdin, _stdinFromCommand, _source]).Any(o => IsGiven(parsed, o));

    /// <summary>Whether to count what there is while it is backed up: for those who see how far it is.</summary>
    internal bool CountsAhead(ParseResult parsed, Output output) => !parsed.GetValue(_noScan) && !output.IsQuiet && (output.IsLive || output.IsJson);

    /// <summary>What all plans of a call have in common.</summary>
    /// <exception cref="UsageException">There are options that a plan has instead.</exception>
    internal BackupOptions ReadForPlans(ParseResult parsed)
    {
        Option? own = _excludes.All.Concat(
            [
                _excludeCaches, _excludeIfPresent, _excludeLarger, _oneFileSystem, _filesFrom, _filesFromVerbatim, _filesFromRaw, _stdin, _stdinFromCommand,
                _stdinFileName, _source, _readFifos, _fifoTimeout, _parent, _groupBy,
            ]).FirstOrDefault(o => IsGiven(parsed, o));
        return own is not null ? throw new UsageException($"{own.Name} is for a backup without a plan: what a plan backs up, and how, is in its file")
            : parsed.GetValue(_skipIfUnchanged) ? throw new UsageException("--skip-if-unchanged is for a backup without a plan: the inventory of a plan differs in every run")
            : ReadCommon(parsed);
    }

    /// <summary>The request, checked before anything is opened or written.</summary>
    /// <param name="missing">How many of the paths are not there; each was named on standard error.</param>
    /// <exception cref="UsageException"/>
    internal BackupOptions Read(ParseResult parsed, Output output, out int missing)
    {
        bool stdin = parsed.GetValue(_stdin) || parsed.GetValue(_stdinFromCommand);
        List<ISource> sources = ReadSources(parsed, output);
        bool isAnything = stdin || sources.Count > 0;
        int matchless = 0;
        _ = ListCommand.ReadGrouping(parsed.GetValue(_groupBy));
        List<string> paths = parsed.GetValue(_stdinFromCommand) ? [] : ReadPaths(parsed, output, out matchless);
        if (parsed.GetValue(_stdinFromCommand) && ((string[][])[parsed.GetValue(_filesFrom)!, parsed.GetValue(_filesFromVerbatim)!, parsed.GetValue(_filesFromRaw)!]).Any(l => l.Length > 0))
        {
            throw new UsageException("--stdin-from-command takes no lists of files beside it");
        }

        if (stdin && paths.Count > 0)
        {
            throw new UsageException("--stdin stores standard input, and takes no paths beside it");
        }

        if (!isAnything && paths.Count + matchless == 0)
        {
            throw new UsageException("nothing to back up: name files or folders, or use --files-from, --source or --stdin");
        }

        List<string> present = [.. paths.Where(p => IsPresent(p, output))];
        missing = paths.Count - present.Count + matchless;
        if (!isAnything && present.Count == 0)
        {
            throw new UsageException("none of the paths to back up is there");
        }

        return ReadCommon(parsed) with
        {
            Paths = present,
            Excludes = ReadExcludes(parsed),
            OneFileSystem = parsed.GetValue(_oneFileSystem),
            SkipIfUnchanged = parsed.GetValue(_skipIfUnchanged),
            ReadFifos = parsed.GetValue(_readFifos),
            FifoPatience = ReadFifoTimeout(parsed),
            Sources = sources,
        };
    }

    private BackupOptions ReadCommon(ParseResult parsed)
    {
        int readers = parsed.GetValue(_readers);
        return new()
        {
            Paths = [],
            Force = parsed.GetValue(_force),
            IgnoreChangeTime = parsed.GetValue(_ignoreCtime),
            IgnoreInode = parsed.GetValue(_ignoreInode),
            WithAccessTime = parsed.GetValue(_withAtime),
            DryRun = parsed.GetValue(_dryRun),
            Workers = readers is > 0 and <= 256 ? readers : throw new UsageException($"--read-concurrency {readers} is out of range: 1 to 256"),
            Label = new(
                ReadTime(parsed),
                ReadHost(parsed.GetValue(_host)),
                SnapshotOptions.ReadTags(parsed.GetValue(_tags)!),
                "holdfast " + Version.Text),
        };
    }

    /// <summary>The name of this host in snapshots.</summary>
    /// <param name="given">That of an option; null where it is not given.</param>
    internal static string ReadHost(string? given) => given ?? GlobalOptions.Setting("HOST") ?? Machine.HostName;

    private SourceEntry ReadSource(ParseResult parsed, string text) =>
        PlanFile.ReadSource(text) is var entry && entry is FifoEntry fifo ? fifo with { Timeout = ReadFifoTimeout(parsed) } : entry;

    private TimeSpan ReadFifoTimeout(ParseResult parsed) =>
        parsed.GetValue(_fifoTimeout) is not { } text ? TimeSpan.FromMinutes(1)
        : RepositoryAccess.ParseDuration(text) is { TotalSeconds: >= 1 } time ? time
        : throw new UsageException("--fifo-timeout is at least a second");

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>The snapshot to compare with: the one named, or the newest of the group that the new one will be in.</summary>
    internal async Task<StoredSnapshot?> FindParentAsync(ParseResult parsed, OpenRepository repository, BackupOptions request, List<StoredSnapshot> all, CancellationToken cancellation)
    {
        if (parsed.GetValue(_parent) is { } named && named != "latest")
        {
            return await SnapshotOptions.FindAsync(repository, named, cancellation);
        }

        if (request.Force)
        {
            return null;
        }

        SnapshotGrouping grouping = ListCommand.ReadGrouping(parsed.GetValue(_groupBy));
        return all.FindLast(s =>
            !s.Snapshot.IsInTrash() && s.Snapshot.Time <= request.Label.Time
            && grouping.IsWith(s.Snapshot, request.Label.HostName, request.AllPaths, request.Label.Tags));
    }

    private static Option<string[]> Many(string name, string description, string helpName) =>
        new(name) { Description = $"{description} (may be repeated)", HelpName = helpName, DefaultValueFactory = _ => [] };

    /// <param name="matchless">How many patterns stand for nothing; each was named on standard error.</param>
    private List<string> ReadPaths(ParseResult parsed, Output output, out int matchless)
    {
        int without = 0;
        IEnumerable<string> patterns = parsed.GetValue(_filesFrom)!.SelectMany(PathLists.Lines).Where(l => l.Length > 0 && !l.StartsWith('#'));
        IEnumerable<string> all = parsed.GetValue(_paths)!
            .Concat(patterns.SelectMany(Expand))
            .Concat(parsed.GetValue(_filesFromVerbatim)!.SelectMany(PathLists.Lines).Where(l => l.Length > 0))
            .Concat(parsed.GetValue(_filesFromRaw)!.SelectMany(PathLists.NulSeparated));
        List<string> paths = [.. all];
        matchless = without;
        return paths.Contains(string.Empty)
            ? throw new UsageException("a path to back up is empty")
            : [.. paths.Select(p => TargetPath.Clean(p, Environment.CurrentDirectory)).Distinct()];

        IReadOnlyList<string> Expand(string pattern)
        {
            List<string> found = [.. PathLists.Expand(pattern)];
            if (found.Count == 0)
            {
                without++;
                output.Report(pattern, "nothing matches this pattern", "scan");
            }

            return found;
        }
    }

    private static bool IsPresent(string path, Output output)
    {
        if (TargetPath.FindTrouble(path) is not { } trouble)
        {
            return true;
        }

        output.Report(path, trouble, "scan");
        return false;
    }

    private ExcludeRules ReadExcludes(ParseResult parsed)
    {
        try
        {
            List<ExcludeMarker> markers = [.. parsed.GetValue(_excludeIfPresent)!.Select(ExcludeMarker.Parse)];
            if (parsed.GetValue(_excludeCaches))
            {
                markers.Add(ExcludeMarker.CacheTag);
            }

            return new()
            {
                Patterns = _excludes.Read(parsed),
                Markers = markers,
                LargerThan = parsed.GetValue(_excludeLarger) is { } size ? Sizes.Parse(size, _excludeLarger.Name) : null,
            };
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private List<ISource> ReadSources(ParseResult parsed, Output output)
    {
        (bool stdin, bool command) = (parsed.GetValue(_stdin), parsed.GetValue(_stdinFromCommand));
        string[] words = parsed.GetValue(_paths)!;
        string path = TargetPath.Clean(parsed.GetValue(_stdinFileName)!, "/");
        return (stdin, command) switch
        {
            (false, false) => [.. parsed.GetValue(_source)!.Select(s => PlanSources.Create(ReadSource(parsed, s), output.Warn)).OfType<ISource>()],
            _ when parsed.GetValue(_source)!.Length > 0 => throw new UsageException("--source and standard input exclude each other"),
            (true, true) => throw new UsageException("--stdin and --stdin-from-command exclude each other"),
            _ when path == "/" => throw new UsageException("--stdin-filename is empty"),
            (true, false) => [new StandardInputSource(LinuxFile.StandardInput(), path)],
            _ when words.Length == 0 || words[0].Length == 0 => throw new UsageException("--stdin-from-command needs a command: holdfast backup --stdin-from-command -- pg_dump crm"),
            _ => [CommandSource.At(path, new(words[0], words[1..]) { OnErrorLine = output.Warn })],
        };
    }

    private DateTimeOffset ReadTime(ParseResult parsed) => parsed.GetValue(_time) is { } text ? Times.Parse(text) : TimeProvider.System.GetLocalNow();
}
