using System.Text.Json.Serialization;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Prunes, and prints the figures that restic prints. For every command that prunes.</summary>
internal static class PruneReport
{
    /// <summary>Plans, prints the plan, and, unless it is a dry run, carries it out.</summary>
    internal static async Task RunAsync(OpenRepository repository, PruneOptions options, bool dryRun, Output output, CancellationToken cancellation)
    {
        var progress = new StageProgress
        {
            OnNote = output.Warn,
            OnDetail = detail => { if (output.Verbosity > 1) { output.Say(detail); } },
        };
        PruneOutcome outcome;
        await using (new ProgressLine(output, elapsed => StageText.Describe(progress, elapsed)))
        {
            await using PrunePlan plan = await new PrunePlanner(repository, options, progress).PlanAsync(cancellation);
            Print(plan, dryRun, output);
            if (dryRun)
            {
                return;
            }

            outcome = await plan.ExecuteAsync(cancellation);
        }

        if (outcome.SparedPacks > 0)
        {
            output.Say($"{outcome.SparedPacks} packs stay for now: what they hold came into use meanwhile, or there was no room to copy it");
        }

        output.Say(outcome.RemovedPacks == 0 ? "nothing was removed" : $"removed {Format.Count(outcome.RemovedPacks, "pack")} / {Format.Bytes(outcome.RemovedBytes)}");
    }

    private static void Print(PrunePlan plan, bool dryRun, Output output)
    {
        if (output.IsJson)
        {
            output.Json(Summary(plan.Statistics), PruneJson.Default.PruneSummary);
            return;
        }

        PruneStatistics s = plan.Statistics;
        if (dryRun)
        {
            output.Say("would make these changes:");
        }

        if (output.Verbosity > 0)
        {
            output.Say(Line("used", s.Used));
            output.Say(Line("duplicates", s.Duplicate));
            output.Say(Line("unused", s.Unused));
            output.Say($"unreferenced:                    {Format.Bytes(s.UnreferencedBytes)}");
            output.Say(Line("total", s.Total));
            output.Say($"unused size: {Percent(s.Duplicate.Bytes + s.Unused.Bytes, s.Total.Bytes)} of total size");
            output.Say(string.Empty);
        }

        output.Say(Line("to repack", s.Repack));
        output.Say(Line("this removes", s.RepackRemove));
        output.Say(Line("to delete", s.Remove with { Bytes = s.Remove.Bytes + s.UnreferencedBytes }));
        output.Say(Line("total prune", s.RemoveTotal));
        if (s.UncompressedBytes > 0)
        {
            output.Say($"not yet compressed:              {Format.Bytes(s.UncompressedBytes)}");
        }

        output.Say(Line("remaining", s.Remain));
        output.Say($"unused size after prune: {Format.Bytes(s.RemainUnusedBytes)} ({Percent(s.RemainUnusedBytes, s.Remain.Bytes)} of remaining size)");
        PrintPacks(plan, dryRun, output);
    }

    private static void PrintPacks(PrunePlan plan, bool dryRun, Output output)
    {
        PruneStatistics s = plan.Statistics;
        if (output.Verbosity > 0)
        {
            output.Say(string.Empty);
            output.Say($"totally used packs: {s.UsedPacks,10}");
            output.Say($"partly used packs:  {s.PartlyUsedPacks,10}");
            output.Say($"unused packs:       {s.UnusedPacks,10}");
            output.Say($"to keep:      {s.KeepPacks,10} packs");
            output.Say($"to repack:    {s.RepackPacks,10} packs");
            output.Say($"to delete:    {s.RemovePacks,10} packs");
            output.Say($"to delete:    {s.UnreferencedPacks,10} unreferenced packs");
        }

        if (output.Verbosity > 1 && dryRun)
        {
            foreach (PackId pack in plan.PacksToRepack)
            {
                output.Say($"would repack pack {pack}");
            }

            foreach (PackId pack in plan.PacksToRemove)
            {
                output.Say($"would remove pack {pack}");
            }
        }
    }

    private static string Line(string what, PruneCount count) => $"{what + ":",-13} {count.Blobs,10} blobs / {Format.Bytes(count.Bytes)}";

    private static string Percent(long part, long whole) => whole == 0 ? "0.00%" : $"{100.0 * part / whole:0.00}%";

    private static PruneSummary Summary(PruneStatistics s) => new(
        "summary",
        new(s.Used.Blobs, s.Duplicate.Blobs, s.Unused.Blobs, s.Total.Blobs, s.Repack.Blobs, s.RepackRemove.Blobs, s.Remove.Blobs, s.RemoveTotal.Blobs, s.Remain.Blobs),
        new(s.Used.Bytes, s.Duplicate.Bytes, s.Unused.Bytes, s.UnreferencedBytes, s.UncompressedBytes, s.Total.Bytes, s.Repack.Bytes, s.RepackRemove.Bytes,
            s.Remove.Bytes, s.RemoveTotal.Bytes, s.Remain.Bytes, s.RemainUnusedBytes),
        new(s.UsedPacks, s.UnusedPacks, s.PartlyUsedPacks, s.UnreferencedPacks, s.UsedPacks + s.PartlyUsedPacks + s.UnusedPacks + s.UnreferencedPacks,
            s.KeepPacks, s.RepackPacks, s.RemovePacks, s.RemovePacks + s.UnreferencedPacks));
}

/// <summary>What prune prints with --json: restic's document.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PruneSummary))]
internal sealed partial class PruneJson : JsonSerializerContext;

internal sealed record PruneSummary(string MessageType, PrunedBlobs Blobs, PrunedBytes Bytes, PrunedPacks Packfiles);

internal sealed record PrunedBlobs(long Used, long Duplicate, long Unused, long Total, long Repack, long RepackRemove, long Remove, long RemoveTotal, long Remaining);

internal sealed record PrunedBytes(
    long Used, long Duplicate, long Unused, long Unreferenced, long Uncompressed, long Total, long Repack, long RepackRemove, long Remove,
    long RemoveTotal, long Remaining, long RemainingUnused);

internal sealed record PrunedPacks(int Used, int Unused, int PartlyUsed, int Unreferenced, int Total, int Keep, int Repack, int Remove, int RemoveTotal);
