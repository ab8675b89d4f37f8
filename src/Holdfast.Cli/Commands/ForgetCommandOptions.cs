using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>The options of `forget`, spelled as restic spells them, and how they become a request to the planner.</summary>
internal sealed class ForgetCommandOptions
{
    private readonly KeepOptions _keep;
    private readonly Option<string?> _grace = new("--grace")
    {
        Description = "how long the trash keeps what is forgotten (default 7d, or what it was given then); 0 empties it", HelpName = "duration",
    };

    private readonly Option<bool> _noTrash = new("--no-trash") { Description = "remove at once what this run forgets" };
    private readonly Option<bool> _force = new("--force") { Description = "also remove the newest snapshot of a group, and the newest whole one" };
    private readonly Option<bool> _removeAll = new("--unsafe-allow-remove-all") { Description = "without a policy, forget all that the filters let through" };

    internal ForgetCommandOptions(Command command)
    {
        _keep = new(command);
        foreach (Option option in (Option[])[_grace, _noTrash, _force, _removeAll])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The request, checked before anything is opened.</summary>
    /// <exception cref="UsageException"/>
    internal ForgetOptions Read(ParseResult parsed, bool isFiltered)
    {
        ForgetPolicy policy = _keep.Read(parsed);
        bool removeAll = parsed.GetValue(_removeAll) && policy.IsEmpty;
        if (removeAll && !isFiltered)
        {
            throw new UsageException("--unsafe-allow-remove-all would forget every snapshot there is: say which with --host, --tag or --path");
        }

        return new()
        {
            Policy = policy,
            Grouping = _keep.ReadGrouping(parsed),
            Grace = parsed.GetValue(_grace) is { } grace ? grace == "0" ? TimeSpan.Zero : RepositoryAccess.ParseDuration(grace) : null,
            WithoutTrash = parsed.GetValue(_noTrash),
            Force = parsed.GetValue(_force),
            RemoveAll = removeAll,
        };
    }
}
