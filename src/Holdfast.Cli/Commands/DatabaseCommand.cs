using System.CommandLine;
using Holdfast.Backend;
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
            (List<(string, IReadOnlyList<DatabaseListing>)> servers, bool isGood) = await LookAsync(output, choice, parsed, s => s.ListAsync(cancellation));
            DatabaseReport.Write(output, servers);
            return isGood ? ExitCode.Done : ExitCode.Failed;
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
            (List<(string, IReadOnlyList<RightListing> Rights)> servers, bool isGood) = await LookAsync(output, choice, parsed, s => s.TestAsync(cancellation));
            DatabaseReport.Write(output, servers);
            return isGood && !servers.Exists(s => s.Rights.Any(r => r.IsMissing)) ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    /// <summary>What each server answers, and whether all did: one that cannot be asked is told of, and keeps no other from being looked at.</summary>
    private static async Task<(List<(string, T)> Servers, bool IsGood)> LookAsync<T>(Output output, ServerChoice choice, ParseResult parsed, Func<IDatabaseServer, Task<T>> ask)
    {
        var servers = new List<(string, T)>();
        bool isGood = true;
        foreach (IDatabaseServer server in choice.Find(parsed, Fail))
        {
            try
            {
                servers.Add((server.Name, await ask(server)));
            }
            catch (BackupException e)
            {
                Fail(e.Message.StartsWith(server.Name, StringComparison.Ordinal) ? e.Message : $"{server.Name}: {e.Message}");
            }
        }

        return (servers, isGood);

        void Fail(string trouble) => isGood = output.Fail(trouble, ExitCode.Failed) == ExitCode.Done;
    }
}
