using System.CommandLine;
using Holdfast.Archiver;
using Holdfast.Cli.Access;
using Holdfast.Cli.Plans;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>The options of `restore`, spelled as restic spells them.</summary>
internal sealed class RestoreCommandOptions
{
    private readonly Argument<string> _snapshot = new("snapshot") { Description = "the beginning of an id, or latest; with :FOLDER for a folder in it" };
    private readonly Argument<string[]> _paths = new("path") { Description = "paths in the snapshot to restore; all if none", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _target = new("--target", "-t") { Description = "the folder to restore into; / for the original places", HelpName = "folder" };
    private readonly PatternOptions _include;
    private readonly PatternOptions _exclude;
    private readonly Option<string[]> _includeAttribute = Attributes("--include-xattr", "restore only extended attributes that match this pattern (may be repeated)");
    private readonly Option<string[]> _excludeAttribute = Attributes("--exclude-xattr", "leave out extended attributes that match this pattern (may be repeated)");
    private readonly Option<bool> _ownersByName = new("--ownership-by-name") { Description = "give files to the users and groups of the same names here, not of the same numbers" };
    private readonly Option<string> _overwrite = new("--overwrite")
    {
        Description = "what becomes of files that are there: always (default), if-changed, if-newer or never", HelpName = "mode", DefaultValueFactory = _ => "always",
    };

    private readonly Option<bool> _delete = new("--delete") { Description = "remove from the restored folders what the snapshot does not have" };
    private readonly Option<bool> _force = new("--force") { Description = "with --delete: also by a partial snapshot, which lacks what could not be read" };
    private readonly Option<bool> _sparse = new("--sparse") { Description = "leave holes where files have long runs of zeros" };
    private readonly Option<bool> _verify = new("--verify") { Description = "read every restored file back and compare" };
    private readonly Option<bool> _dryRun = DryRunOption.Create("find out what would be done, and write nothing");
    private readonly DatabaseRestoreOptions _databases;
    private readonly SnapshotOptions _choice;

    internal RestoreCommandOptions(Command command)
    {
        command.Arguments.Add(_snapshot);
        command.Arguments.Add(_paths);
        command.Options.Add(_target);
        _include = PatternOptions.Include(command, "restore only what matches this pattern");
        _exclude = PatternOptions.Exclude(command);
        foreach (Option option in (Option[])[_includeAttribute, _excludeAttribute, _ownersByName, _overwrite, _delete, _force, _sparse, _verify, _dryRun])
        {
            command.Options.Add(option);
        }

        _databases = new(command);
        _choice = new(command);
    }

    /// <summary>The databases to restore; null where it is about files.</summary>
    /// <exception cref="UsageException"/>
    internal DatabaseRestoreChoice? ReadDatabases(ParseResult parsed)
    {
        DatabaseRestoreChoice? databases = _databases.Read(parsed, parsed.GetValue(_dryRun));
        if (databases is null)
        {
            return null;
        }

        Option[] ofFiles = [_target, .. _include.All, .. _exclude.All, _includeAttribute, _excludeAttribute, _ownersByName, _overwrite, _delete, _force, _sparse, _verify];
        if (parsed.GetValue(_paths)!.Length > 0 || ofFiles.Any(o => parsed.GetResult(o) is { Implicit: false }))
        {
            string what = ofFiles.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false })?.Name ?? $"the path {parsed.GetValue(_paths)![0]}";
            throw new UsageException($"{what} is about files, and --limit about databases: restore them in two calls");
        }

        return databases;
    }

    /// <exception cref="UsageException"/>
    internal RestoreRequest Read(ParseResult parsed)
    {
        string target = parsed.GetValue(_target) is { Length: > 0 } given
            ? given
            : throw new UsageException("no target: say with --target where to restore to, --target / for the original places");
        List<string> paths = [.. parsed.GetValue(_paths)!.Select(p => TargetPath.Clean(p, "/"))];
        PatternList include = _include.Read(parsed);
        PatternList exclude = _exclude.Read(parsed);
        if (!include.IsEmpty && !exclude.IsEmpty)
        {
            throw new UsageException("--include and --exclude exclude each other: give one of them");
        }

        bool delete = parsed.GetValue(_delete);
        if (parsed.GetValue(_force) && !delete)
        {
            throw new UsageException("--force is about --delete, and says nothing without it: leave it out, or add --delete");
        }

        if (delete && include.IsEmpty && exclude.IsEmpty && paths.TrueForAll(p => p == "/") && !NamesFolder(parsed.GetValue(_snapshot)!)
            && TargetPath.Clean(target, Environment.CurrentDirectory) == "/")
        {
            throw new UsageException("--target / with --delete could empty this machine: say what it is about, with a path, SNAPSHOT:FOLDER, --include or --exclude");
        }

        return new(target, paths, new()
        {
            Overwrite = parsed.GetValue(_overwrite) switch
            {
                "always" => OverwriteMode.Always,
                "if-changed" => OverwriteMode.IfChanged,
                "if-newer" => OverwriteMode.IfNewer,
                "never" => OverwriteMode.Never,
                var other => throw new UsageException($"--overwrite knows always, if-changed, if-newer and never, not '{other}'"),
            },
            Delete = delete,
            Sparse = parsed.GetValue(_sparse),
            Verify = parsed.GetValue(_verify),
            DryRun = parsed.GetValue(_dryRun),
            Select = Selection(paths, include, exclude),
            SelectAttribute = AttributeSelection(parsed),
            OwnersByName = parsed.GetValue(_ownersByName),
        })
        {
            HasPatterns = !include.IsEmpty,
            Force = parsed.GetValue(_force),
        };
    }

    internal Task<ChosenSnapshot> ChooseAsync(ParseResult parsed, OpenRepository repository, CancellationToken cancellation) =>
        _choice.ChooseAsync(parsed, repository, parsed.GetValue(_snapshot)!, cancellation);

    private static Func<string, bool, (bool Selected, bool Descend)>? Selection(List<string> paths, PatternList include, PatternList exclude) =>
        paths.Count == 0 && include.IsEmpty && exclude.IsEmpty ? null : (path, _) =>
        {
            bool named = paths.Count == 0 || paths.Exists(p => IsWithin(path, p));
            bool onTheWay = named || paths.Exists(p => IsWithin(p, path));
            bool included = include.IsEmpty || include.Matches(path);
            bool excluded = exclude.Matches(path);
            return (named && included && !excluded, onTheWay && !excluded && (included || include.MayMatchBelow(path)));
        };

    /// <exception cref="UsageException">Both are given, or a pattern is malformed.</exception>
    private Func<string, bool>? AttributeSelection(ParseResult parsed)
    {
        PatternList include = Patterns(_includeAttribute), exclude = Patterns(_excludeAttribute);
        return (include.IsEmpty, exclude.IsEmpty) switch
        {
            (true, true) => null,
            (false, true) => name => include.Matches("/" + name),
            (true, false) => name => !exclude.Matches("/" + name),
            _ => throw new UsageException("--include-xattr and --exclude-xattr exclude each other: give one of them"),
        };

        PatternList Patterns(Option<string[]> option)
        {
            try
            {
                return new(parsed.GetValue(option)!.Select(text => new PathPattern(text, ignoreCase: false)));
            }
            catch (FormatException e)
            {
                throw new UsageException($"{option.Name}: {e.Message}");
            }
        }
    }

    private static Option<string[]> Attributes(string name, string description) =>
        new(name) { Description = description, HelpName = "pattern", DefaultValueFactory = _ => [] };

    private static bool NamesFolder(string snapshot) => snapshot.IndexOf(':') is >= 0 and int colon && snapshot[colon..].Trim(':', '/').Length > 0;

    private static bool IsWithin(string path, string folder) =>
        folder == "/" || path == folder || (path.Length > folder.Length && path[folder.Length] == '/' && path.StartsWith(folder, StringComparison.Ordinal));
}
