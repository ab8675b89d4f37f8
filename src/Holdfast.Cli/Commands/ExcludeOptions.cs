using System.CommandLine;
using Holdfast.Archiver;

namespace Holdfast.Cli.Commands;

/// <summary>The patterns by which a command leaves out files, spelled as restic spells them.</summary>
internal sealed class ExcludeOptions
{
    private readonly Option<string[]> _exclude = Many("--exclude", "leave out what matches this pattern", "pattern");
    private readonly Option<string[]> _insensitiveExclude = Many("--iexclude", "the same, whatever the case of letters", "pattern");
    private readonly Option<string[]> _excludeFile = Many("--exclude-file", "read patterns from a file, one a line, # for comments", "file");
    private readonly Option<string[]> _insensitiveExcludeFile = Many("--iexclude-file", "the same, whatever the case of letters", "file");

    internal IEnumerable<Option> All => [_exclude, _insensitiveExclude, _excludeFile, _insensitiveExcludeFile];

    internal ExcludeOptions(Command command)
    {
        _exclude.Aliases.Add("-e");
        foreach (Option option in All)
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="UsageException">A pattern is malformed, or a file cannot be read.</exception>
    internal PatternList Read(ParseResult parsed)
    {
        try
        {
            return new(Patterns(parsed.GetValue(_exclude)!, parsed.GetValue(_excludeFile)!, ignoreCase: false)
                .Concat(Patterns(parsed.GetValue(_insensitiveExclude)!, parsed.GetValue(_insensitiveExcludeFile)!, ignoreCase: true)));
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private static IEnumerable<PathPattern> Patterns(string[] given, string[] files, bool ignoreCase) =>
        given.Concat(files.SelectMany(PathLists.Patterns)).Select(text => new PathPattern(text, ignoreCase));

    private static Option<string[]> Many(string name, string description, string helpName) =>
        new(name) { Description = $"{description} (may be repeated)", HelpName = helpName, DefaultValueFactory = _ => [] };
}
