using System.CommandLine;
using Holdfast.Archiver;

namespace Holdfast.Cli.Commands;

/// <summary>The patterns by which a command leaves out files, or takes only some, spelled as restic spells them.</summary>
internal sealed class PatternOptions
{
    private readonly Option<string[]> _pattern;
    private readonly Option<string[]> _insensitivePattern;
    private readonly Option<string[]> _file;
    private readonly Option<string[]> _insensitiveFile;

    private PatternOptions(Command command, string verb, string description)
    {
        _pattern = Many($"--{verb}", description, "pattern");
        _insensitivePattern = Many($"--i{verb}", "the same, whatever the case of letters", "pattern");
        _file = Many($"--{verb}-file", "read patterns from a file, one a line, # for comments", "file");
        _insensitiveFile = Many($"--i{verb}-file", "the same, whatever the case of letters", "file");
        _pattern.Aliases.Add($"-{verb[0]}");
        foreach (Option option in All)
        {
            command.Options.Add(option);
        }
    }

    internal IEnumerable<Option> All => [_pattern, _insensitivePattern, _file, _insensitiveFile];

    internal static PatternOptions Exclude(Command command) => new(command, "exclude", "leave out what matches this pattern");

    /// <param name="description">What is done with what matches.</param>
    internal static PatternOptions Include(Command command, string description) => new(command, "include", description);

    /// <exception cref="UsageException">A pattern is malformed, or a file cannot be read.</exception>
    internal PatternList Read(ParseResult parsed)
    {
        try
        {
            return new(Patterns(parsed.GetValue(_pattern)!, parsed.GetValue(_file)!, ignoreCase: false)
                .Concat(Patterns(parsed.GetValue(_insensitivePattern)!, parsed.GetValue(_insensitiveFile)!, ignoreCase: true)));
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
