using System.CommandLine;
using Holdfast.Backend;
using Holdfast.Cli.Access;
using Holdfast.Cli.Copy;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Copies snapshots from another repository.</summary>
internal static class CopyCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("copy", """
            Copy snapshots from another repository into this one, which has a key of its own: those named, those that a policy
            keeps, or all. What is here already is not read again; a copy that was stopped goes on from there.

            Examples:
              holdfast -r /mnt/disk/backup copy --from-repo /srv/backup
              holdfast -r /mnt/disk/backup copy --from-repo /srv/backup --keep-monthly 12 --verify
            """);
        var names = new Argument<string[]>("snapshot") { Description = "ids in the other repository, or latest; all if none", Arity = ArgumentArity.ZeroOrMore };
        Option<bool> dryRun = DryRunOption.Create("print what would be copied, and copy nothing");
        var verify = new Option<string?>("--verify")
        {
            Description = "read back what this run wrote, and prove it; --verify=all: all that the snapshots need", HelpName = "what", Arity = ArgumentArity.ZeroOrOne,
        };
        command.Arguments.Add(names);
        var from = new FromOptions(command);
        var keep = new KeepOptions(command, areBrief: false);
        command.Options.Add(dryRun);
        command.Options.Add(verify);
        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            (bool isDryRun, bool verifies, bool verifiesAll) = (parsed.GetValue(dryRun), parsed.GetResult(verify) is not null, IsAll(parsed.GetValue(verify)));
            ForgetPolicy policy = keep.Read(parsed);
            Require(!policy.IsEmpty || !keep.IsGiven(parsed), "this policy keeps nothing, so there is nothing to copy: say how many, such as --keep-daily 7, or give none to copy all");
            string[] named = parsed.GetValue(names)!;
            Require(policy.IsEmpty || named.Length == 0, "name snapshots, or give a policy: one or the other");
            Require(!isDryRun || !verifies, "--dry-run copies nothing that --verify could read: give one of them");

            RepositoryAccess access = from.Access(parsed, output), into = new(parsed, output) { AlwaysLocks = !isDryRun };
            await using HeldRepository source = await HeldRepository.OpenAsync(
                access, access.OpenAsync(cancellation), exclusive: false, writes: false, HeldRepository.LoadIndex(null), cancellation);
            await using HeldRepository destination = await HeldRepository.OpenAsync(
                into, OpenAnotherAsync(source.Repository, into, source.Cancellation), exclusive: false, writes: !isDryRun, HeldRepository.LoadIndex(null), source.Cancellation);

            int unreadable = 0;
            List<StoredSnapshot> all = await source.Repository.ListForChangeAsync(
                finish: false, e => { unreadable++; output.Report(e.Message); }, destination.Cancellation);
            List<StoredSnapshot> chosen = named.Length > 0
                ? [.. choice.ChooseFrom(parsed, all, named, source.Repository).Select(RequireLive)]
                : choice.Filter(parsed, all.Where(s => !s.Snapshot.IsInTrash()));
            if (!policy.IsEmpty)
            {
                chosen = CopyChoice.ByPolicy(all, chosen, policy, keep.ReadGrouping(parsed), TimeProvider.System);
            }

            var run = new CopyRun(source.Indexed, destination.Indexed, output);
            bool isWhole = await run.RunAsync(chosen, isDryRun, verifies, verifiesAll, destination.Cancellation);
            return isWhole && unreadable == 0 ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static bool IsAll(string? what) => what switch
    {
        null => false,
        "all" => true,
        _ => throw new UsageException($"--verify takes nothing, or =all, and not '{what}': name snapshots before it"),
    };

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new UsageException(otherwise);
        }
    }

    private static StoredSnapshot RequireLive(StoredSnapshot stored) => !stored.Snapshot.IsInTrash() ? stored : throw new BackupException(
        BackupErrorKind.Refused, $"snapshot {stored.Id.Hash.ToShortString()} is in the trash of the repository to copy from: `holdfast undelete {stored.Id.Hash.ToShortString()}` there first");

    /// <summary>Opens the destination, unless it is the source: before it is locked.</summary>
    private static async Task<OpenRepository> OpenAnotherAsync(OpenRepository source, RepositoryAccess access, CancellationToken cancellation)
    {
        OpenRepository repository = await access.OpenAsync(cancellation);
        try
        {
            CopyPlanner.RequireTwo(source, repository);
            return repository;
        }
        catch
        {
            await repository.DisposeAsync();
            throw;
        }
    }
}
