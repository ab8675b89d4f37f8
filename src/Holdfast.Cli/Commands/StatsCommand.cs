using System.CommandLine;
using Holdfast.Backend;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Counts what snapshots hold.</summary>
internal static class StatsCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("stats", """
            Count what the snapshots hold, in one of four ways:
              restore-size        the files as they would be restored
              files-by-contents   each content once, however many files have it
              blobs-per-file      each blob once for every file that has it
              raw-data            each blob once, as it is stored

            Examples:
              holdfast stats latest
              holdfast stats --mode raw-data
            """);
        var names = new Argument<string[]>("snapshot") { Description = "ids, or latest; all if none", Arity = ArgumentArity.ZeroOrMore };
        var mode = new Option<string>("--mode")
        {
            Description = "restore-size, files-by-contents, blobs-per-file or raw-data", HelpName = "mode", DefaultValueFactory = _ => "restore-size",
        };
        mode.AcceptOnlyFromAmong("restore-size", "files-by-contents", "blobs-per-file", "raw-data");
        command.Arguments.Add(names);
        command.Options.Add(mode);
        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using HeldRepository held = await HeldRepository.ForReadingBlobsAsync(parsed, output, null, cancellation);
            IndexedRepository repository = held.Indexed;
            int damaged = 0;
            List<StoredSnapshot> chosen = await choice.ChooseAllAsync(
                parsed, held.Repository, parsed.GetValue(names)!, held.Cancellation, e => { damaged++; output.Complain(e.Message); });
            var walk = new TreeWalk(repository, output);
            var count = new SnapshotCount(repository, walk, parsed.GetValue(mode)!);
            await using (new ProgressLine(output, time => $"[{Format.Duration(time)}] {count.Snapshots} of {chosen.Count} snapshots, {count.Nodes} entries"))
            {
                foreach (StoredSnapshot stored in chosen)
                {
                    await count.AddAsync(stored, held.Cancellation);
                }

                count.End();
            }

            Print(count, parsed.GetValue(mode)!, output);
            return damaged + walk.Damaged == 0 ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static void Print(SnapshotCount count, string mode, Output output)
    {
        RepositoryStatistics s = count.Result();
        if (output.IsJson)
        {
            output.Json(s, LookJson.Default.RepositoryStatistics);
            return;
        }

        output.Line($"Stats in {mode} mode:");
        output.Line($"     Snapshots processed:  {s.SnapshotsCount}");
        Line("        Total Blob Count", s.TotalBlobCount?.ToString());
        Line("        Total File Count", s.TotalFileCount?.ToString());
        Line(" Total Uncompressed Size", s.TotalUncompressedSize is { } plain ? Format.Bytes((long)plain) : null);
        Line("              Total Size", Format.Bytes((long)s.TotalSize));
        Line("    Compression Progress", s.CompressionProgress is > 0 and var progress ? $"{progress:0.00}%" : null);
        Line("       Compression Ratio", s.CompressionRatio is > 0 and var ratio ? $"{ratio:0.00}x" : null);
        Line("Compression Space Saving", s.CompressionSpaceSaving is > 0 and var saving ? $"{saving:0.00}%" : null);

        void Line(string label, string? value)
        {
            if (value is not null)
            {
                output.Line($"{label}:  {value}");
            }
        }
    }
}
