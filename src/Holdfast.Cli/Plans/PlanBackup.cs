using System.CommandLine;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Cli.Access;
using Holdfast.Cli.Commands;
using Holdfast.Cli.Terminal;
using Holdfast.Plan;
using Holdfast.Protocol;

namespace Holdfast.Cli.Plans;

/// <summary>Runs plans one after another. One that fails does not stop the others; the exit code is the worst of all.</summary>
internal sealed class PlanBackup
{
    /// <summary>From the least to the worst.</summary>
    private static readonly int[] Codes = [ExitCode.Done, ExitCode.SourceIncomplete, ExitCode.SourceGone, ExitCode.Failed];

    private readonly HeldRepository _held;
    private readonly Output _output;
    private readonly IReadOnlyList<MirrorEntry> _mirrors;
    private readonly BackupOptions _common;

    private readonly bool _countAhead;

    private PlanBackup(HeldRepository held, Output output, IReadOnlyList<MirrorEntry> mirrors, BackupOptions common, bool countAhead)
    {
        (_held, _output, _mirrors, _countAhead) = (held, output, mirrors, countAhead);
        _common = common with { Excludes = common.Excludes with { OwnFolders = BackupCommand.OwnFolders(held.Repository) } };
    }

    internal static async Task<int> RunAsync(ParseResult parsed, Output output, ChosenPlans chosen, BackupOptions common, bool countAhead, CancellationToken cancellation)
    {
        var access = new RepositoryAccess(parsed, output) { Planned = chosen.Repository };
        await using HeldRepository held = await HeldRepository.OpenAsync(
            access, access.OpenOrCreateAsync(common.DryRun, cancellation), exclusive: false, writes: !common.DryRun, HeldRepository.LoadIndex(null), cancellation);
        var backup = new PlanBackup(held, output, chosen.Document.Mirrors, common, countAhead);
        int worst = ExitCode.Done;
        foreach (PlanEntry plan in chosen.Plans)
        {
            int code = await backup.RunAsync(plan);
            worst = Array.IndexOf(Codes, code) > Array.IndexOf(Codes, worst) ? code : worst;
        }

        return worst;
    }

    private async Task<int> RunAsync(PlanEntry plan)
    {
        _output.Say($"plan {plan.Name}");
        try
        {
            PlanRun run = await PlanRun.PrepareAsync(_held.Indexed, plan, _mirrors, _common, Tell, _held.Cancellation);
            BackupSummary summary = await RunAsync(run, plan.Name);
            return summary.Problems.Count + run.Options.MissingPaths == 0 ? ExitCode.Done : ExitCode.SourceIncomplete;
        }
        catch (Exception e) when (e is not (OperationCanceledException or BackupException { Kind: BackupErrorKind.Locked }))
        {
            // Also what nobody thought of: the other plans are as good as they were.
            return _output.Fail($"plan {plan.Name}: {e.Message}", e is BackupException { Kind: BackupErrorKind.Gone } ? ExitCode.SourceGone : ExitCode.Failed);
        }
    }

    private async Task<BackupSummary> RunAsync(PlanRun run, string plan)
    {
        var report = new BackupReport(_output, _common.DryRun, plan);
        if (run.Options.Parent is { } parent)
        {
            _output.Say($"comparing with snapshot {parent.Id.Hash.ToShortString()}");
        }

        BackupSummary summary;
        await using (new ProgressLine(_output, report.Line, report.Status))
        {
            summary = await run.RunAsync(report.Progress, _countAhead, _held.Cancellation);
        }

        report.Result(summary);
        return summary;
    }

    private void Tell(GoneItem gone)
    {
        if (_output.IsJson)
        {
            _output.WarnJson(new("gone", gone.Kind, gone.Name, gone.Source, gone.Detail), PlanJson.Default.GoneListing);
        }
        else
        {
            _output.Warn($"gone: {gone}");
        }
    }
}
