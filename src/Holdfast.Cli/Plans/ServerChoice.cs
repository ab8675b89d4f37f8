using System.CommandLine;
using Holdfast.Backend;
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

    /// <param name="fail">Told of each entry that cannot be used: it keeps no other server from being looked at.</param>
    /// <exception cref="UsageException">There is none, or plans and servers are named at once.</exception>
    /// <exception cref="BackupException">The plan file cannot be read.</exception>
    internal List<IDatabaseServer> Find(ParseResult parsed, Action<string> fail)
    {
        string[] given = parsed.GetValue(_source)!;
        string[] plans = parsed.GetValue(_plans)!;
        if (given.Length > 0 && plans.Length > 0)
        {
            throw new UsageException("name plans, or servers with --source, and not both");
        }

        SourceEntry[] entries =
            [.. given.Length > 0 ? given.Select(s => PlanFile.ReadSource(s)) : _config.Choose(parsed, plans, $" or a server with {_source.Name}").Plans.SelectMany(p => p.Sources)];
        bool isGood = true;
        List<IDatabaseServer> servers = [.. entries.SelectMany(Open)];
        return servers.Count > 0 || !isGood ? servers : throw new UsageException("there is no database server among these: a plan names them as mysql, postgresql or mongodb, or as an app that has one");

        IReadOnlyList<IDatabaseServer> Open(SourceEntry entry)
        {
            try
            {
                return PlanSources.CreateServers(entry);
            }
            catch (BackupException e)
            {
                isGood = false;
                fail(entry is AppEntry app ? $"application {app.Name}: {e.Message}" : e.Message);
                return [];
            }
        }
    }
}
