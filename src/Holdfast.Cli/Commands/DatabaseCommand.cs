using System.CommandLine;
using Holdfast.Cli.Plans;
using Holdfast.Cli.Terminal;
using Holdfast.Plan;
using Holdfast.Protocol;
using Holdfast.Source;

namespace Holdfast.Cli.Commands;

/// <summary>Looks at the database servers of plans.</summary>
internal static class DatabaseCommand
{
    internal static Command Create(Output output) => new("database", """
        List what a database server has, or try whether it can be backed up.

        Examples:
          holdfast database list shop
          holdfast database test --source mysql:socket=/run/mysqld/mysqld.sock,user=backup
        """)
    {
        List(output), Test(output),
    };

    private static Command List(Output output)
    {
        var command = new Command("list", """
            List the databases of the servers in plans, with their tables and about how large they are.

            Example:
              holdfast database list --source postgresql:host=/run/postgresql
            """);
        var choice = new ServerChoice(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var servers = new List<(string, IReadOnlyList<DatabaseListing>)>();
            foreach (IDatabaseServer server in choice.Find(parsed))
            {
                servers.Add((server.Name, await server.ListAsync(cancellation)));
            }

            DatabaseReport.Write(output, servers);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Test(Output output)
    {
        var command = new Command("test", """
            Try each right that a backup of the servers in plans needs, and name the statement that grants what is missing.

            Example:
              holdfast database test shop
            """);
        var choice = new ServerChoice(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var servers = new List<(string, IReadOnlyList<RightListing>)>();
            foreach (IDatabaseServer server in choice.Find(parsed))
            {
                servers.Add((server.Name, await server.TestAsync(cancellation)));
            }

            DatabaseReport.Write(output, servers);
            return servers.Exists(s => s.Item2.Any(r => r.IsMissing)) ? ExitCode.Failed : ExitCode.Done;
        });
        return command;
    }
}
