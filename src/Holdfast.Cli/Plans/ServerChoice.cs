using System.CommandLine;
using Holdfast.Plan;
using Holdfast.Protocol;
using Holdfast.Source;

namespace Holdfast.Cli.Plans;

/// <summary>The database servers that a command is to look at: those of plans, or named on the command line.</summary>
internal sealed class ServerChoice
{
    private readonly Argument<string[]> _plans = new("plan") { Description = "plans of the plan file (default: all)", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string[]> _source = new("--source")
    {
        Description = "a server: mysql:KEY=VALUE,…, postgresql:KEY=VALUE,… or mongodb:KEY=VALUE,… (may be repeated)", HelpName = "source", DefaultValueFactory = _ => [],
    };

    private readonly ConfigOption _config;

    internal ServerChoice(Command command)
    {
        command.Arguments.Add(_plans);
        _config = new(command);
        command.Options.Add(_source);
    }

    /// <exception cref="UsageException">There is none, or plans and servers are named at once.</exception>
    /// <exception cref="Backend.BackupException">One cannot be used.</exception>
    internal List<IDatabaseServer> Find(ParseResult parsed)
    {
        string[] given = parsed.GetValue(_source)!;
        string[] plans = parsed.GetValue(_plans)!;
        if (given.Length > 0 && plans.Length > 0)
        {
            throw new UsageException("name plans, or servers with --source, and not both");
        }

        IEnumerable<SourceEntry> entries = given.Length > 0 ? given.Select(s => PlanFile.ReadSource(s)) : _config.Choose(parsed, plans, $" or a server with {_source.Name}").Plans.SelectMany(p => p.Sources);
        List<IDatabaseServer> servers = [.. entries.SelectMany(PlanSources.CreateServers)];
        return servers.Count > 0 ? servers : throw new UsageException("there is no database server among these: a plan names them as mysql, postgresql or mongodb, or as an app that has one");
    }
}
