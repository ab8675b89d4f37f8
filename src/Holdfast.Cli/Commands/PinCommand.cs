using System.CommandLine;
using System.Globalization;
using Holdfast.Cli.Access;
using Holdfast.Cli.Forget;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Keeps snapshots whatever a policy says.</summary>
internal static class PinCommand
{
    private static readonly string[] TimeFormats = ["yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss"];

    internal static Command Create(Output output)
    {
        var command = new Command("pin", """
            Pin snapshots: `forget` keeps them whatever its policy says, until they are unpinned or the pin ends.

            Examples:
              holdfast pin latest --reason "before the move"
              holdfast pin 3f2a91c7 --reason "tax year 2026" --until 2036-12-31
            """);
        var names = new Argument<string[]>("snapshot") { Description = "ids, or latest", Arity = ArgumentArity.OneOrMore };
        var reason = new Option<string?>("--reason") { Description = "why, shown by `list` and `forget`", HelpName = "text" };
        var until = new Option<string?>("--until") { Description = "the last day, such as 2027-12-31, or the end, such as '2027-12-31 18:00' (default: none)", HelpName = "date" };
        command.Arguments.Add(names);
        command.Options.Add(reason);
        command.Options.Add(until);
        Option<bool> dryRun = DryRunOption.Create();
        command.Options.Add(dryRun);
        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var pin = new SnapshotPin(parsed.GetValue(reason), ReadEnd(parsed.GetValue(until)));
            bool changes = !parsed.GetValue(dryRun);
            await using HeldRepository held = await HeldRepository.OpenAsync(parsed, output, exclusive: changes, writes: changes, cancellation);
            List<StoredSnapshot> all = await held.Repository.ListForChangeAsync(finish: changes, held.Cancellation);
            List<StoredSnapshot> chosen = choice.ChooseFrom(parsed, all, parsed.GetValue(names)!, held.Repository);
            if (chosen.Find(s => s.Snapshot.IsInTrash()) is { } trashed)
            {
                throw new UsageException($"snapshot {trashed.Id.Hash.ToShortString()} is in the trash: bring it back with `holdfast undelete {trashed.Id.Hash.ToShortString()}` first");
            }

            var run = new SnapshotChanges(held, output, !changes, "pinned", "would pin");
            foreach (StoredSnapshot stored in chosen.Where(s => !s.Snapshot.IsPinned(TimeProvider.System.GetUtcNow()) || s.Snapshot.Marks?.Pin != pin))
            {
                await run.ReplaceAsync(stored, stored.Snapshot.WithPin(pin));
            }

            run.End();
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The day that is named is the last one.</summary>
    private static DateTimeOffset? ReadEnd(string? text)
    {
        if (text is null)
        {
            return null;
        }

        DateTimeOffset end = DateTime.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime day) && day.Year < 9999
            ? new(day.AddDays(1), TimeZoneInfo.Local.GetUtcOffset(day.AddDays(1)))
            : DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out DateTimeOffset time) ? time
            : throw new UsageException($"'{text}' is no date: write it as 2027-12-31 or '2027-12-31 18:00'");
        return end > TimeProvider.System.GetUtcNow() ? end : throw new UsageException($"a pin until {text} would have ended already: give a later date");
    }
}
