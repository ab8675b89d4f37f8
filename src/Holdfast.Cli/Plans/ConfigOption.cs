using System.CommandLine;
using Holdfast.Backend;
using Holdfast.Plan;
using Holdfast.Protocol;

namespace Holdfast.Cli.Plans;

/// <summary>The option that names the plan file, and the choice among its plans.</summary>
internal sealed class ConfigOption
{
    private readonly Option<string?> _config = new("--config")
    {
        Description = $"plan file (default: $HOLDFAST_CONFIG, else {PlanFile.DefaultPath})", HelpName = "file",
    };

    internal ConfigOption(Command command)
    {
        command.Options.Add(_config);
    }

    /// <summary>The file that is named, or the default one, whether it is there or not.</summary>
    internal string File(ParseResult parsed) => parsed.GetValue(_config) ?? Default;

    /// <summary>The plans of the file that is named, or of the default one.</summary>
    /// <param name="names">Empty for all.</param>
    /// <param name="instead">What else may be given where there is no default file, such as " or a server with --source".</param>
    /// <exception cref="BackupException">The file cannot be read.</exception>
    /// <exception cref="UsageException">There is no such plan, or no file is named and there is no default one.</exception>
    internal ChosenPlans Choose(ParseResult parsed, IReadOnlyCollection<string> names, string instead = "")
    {
        string file = File(parsed);
        if (parsed.GetValue(_config) is null && !System.IO.File.Exists(file))
        {
            throw new UsageException($"there is no plan file {file}: name one with {_config.Name}{instead}");
        }

        return Choose(file, PlanFile.Load(file), names);
    }

    /// <summary>The plans that a backup is to run; null where its words are paths.</summary>
    /// <remarks>
    /// With --config, all words are plans. Without, they are where there is a default file, and they name plans in it and have
    /// no slash. So a path with a slash is never looked up anywhere, and a plan never hides a path that is written `./shop`.
    /// </remarks>
    /// <param name="namesSources">Whether options say what to back up.</param>
    internal ChosenPlans? FindPlans(ParseResult parsed, string[] words, bool namesSources)
    {
        if (parsed.GetValue(_config) is not null)
        {
            return Choose(parsed, words);
        }

        if (namesSources || words.Any(w => w.Contains('/') || w is "." or "..") || !System.IO.File.Exists(Default))
        {
            return null;
        }

        PlanDocument document;
        try
        {
            document = PlanFile.Load(Default);
        }
        catch (BackupException e) when (words.Length > 0 && e.InnerException is UnauthorizedAccessException)
        {
            return null; // the machine's plans are none of this user's business
        }

        string[] plans = [.. words.Where(w => document.Plans.Any(p => p.Name == w))];
        return plans.Length == words.Length ? Choose(Default, document, words)
            : plans.Length == 0 ? null
            : throw new UsageException($"{plans[0]} is a plan of {Default}, and {words.Except(plans).First()} is none: back up plans and paths in two calls, and write a path of that name as ./{plans[0]}");
    }

    private static string Default => Environment.GetEnvironmentVariable("HOLDFAST_CONFIG") is { Length: > 0 } file ? file : PlanFile.DefaultPath;

    private static ChosenPlans Choose(string file, PlanDocument document, IReadOnlyCollection<string> names)
    {
        List<PlanEntry> plans = [.. names.Distinct().Select(n => document.Plans.FirstOrDefault(p => p.Name == n)
            ?? throw new UsageException($"{file} has no plan '{n}': its plans are {string.Join(", ", document.Plans.Select(p => p.Name))}"))];
        return new(file, document, plans.Count == 0 ? document.Plans : plans);
    }
}
