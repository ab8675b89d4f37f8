using Holdfast.Cli.Access;
using Holdfast.Cli.Terminal;
using Holdfast.Plan;
using Holdfast.Repository;
using Holdfast.Source;

namespace Holdfast.Cli.Plans;

/// <summary>Restores databases of a snapshot. All is planned before the first is touched.</summary>
internal static class DatabaseRestore
{
    internal static async Task RunAsync(
        IndexedRepository repository, ChosenSnapshot chosen, DatabaseRestoreChoice choice, Output output, CancellationToken cancellation)
    {
        if (chosen.Folder != "/")
        {
            throw new UsageException("databases are of a whole snapshot: give --limit without :FOLDER");
        }

        TreeId tree = await chosen.FindTreeAsync(repository, cancellation);
        output.Say($"restoring databases of {chosen.Describe()}{(choice.DryRun ? " (dry run)" : string.Empty)}");
        var plans = new List<(DatabaseRestoreTold Told, IDatabaseRestorePlan Plan)>();
        foreach (DatabaseLimit limit in choice.Limits)
        {
            DatabaseRestoreProgress progress = new();
            IDatabaseRestorer restorer = PlanSources.CreateRestorer(choice.ServerFor(limit), repository, tree, progress);
            plans.Add((new(output, limit.Text, chosen.Stored.Id.ToString(), progress), await restorer.PlanAsync(choice.RequestFor(limit), cancellation)));
        }

        foreach ((DatabaseRestoreTold told, IDatabaseRestorePlan plan) in plans)
        {
            if (choice.DryRun)
            {
                told.Plan(plan);
            }
            else
            {
                told.Before(plan);
                await told.RunAsync(plan.ExecuteAsync, cancellation);
            }
        }
    }
}
