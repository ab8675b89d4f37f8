using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Plan;

namespace Holdfast.Cli.Plans;

/// <summary>Runs the checks of installations one after another, and prints each as it is done.</summary>
internal sealed class AppCheckReport(Output output)
{
    private readonly List<AppCheckListing> _listings = [];

    /// <summary>Whether every check of this installation passed.</summary>
    internal async Task<bool> RunAsync(Installation one, CancellationToken cancellation)
    {
        var check = new AppCheck(one);
        var items = new List<AppCheckItem>();
        if (!output.IsJson)
        {
            output.Line($"{one.Recipe.Name} {PathText.Printable(one.Root)}");
        }

        await using (new ProgressLine(output, elapsed => $"[{Format.Duration(elapsed)}] checking {PathText.Printable(check.Current)}"))
        {
            await foreach (AppCheckResult result in check.RunAsync(cancellation))
            {
                items.Add(new(result.Kind, result.Name, result.IsPassed, result.Problem));
                if (!output.IsJson)
                {
                    string why = result.Problem is { } problem ? $": {problem}" : string.Empty;
                    output.Line($"  {(result.IsPassed ? "ok" : "failed"),-8}{PathText.Printable(result.Name + why)}");
                }
            }
        }

        bool isGood = items.TrueForAll(i => i.IsPassed);
        _listings.Add(new(one.Recipe.Name, one.Root, one.Config, isGood, items));
        return isGood;
    }

    internal void Finish()
    {
        if (output.IsJson)
        {
            output.Json(_listings, PlanJson.Default.ListAppCheckListing);
        }
    }
}
