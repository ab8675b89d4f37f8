using Holdfast.Cli.Access;
using Holdfast.Protocol;

namespace Holdfast.Cli.Plans;

/// <summary>Plans that a command is to work on.</summary>
/// <param name="File">The file they are in.</param>
/// <param name="Plans">In the order of the command line, or of the file where that names none.</param>
internal sealed record ChosenPlans(string File, PlanDocument Document, IReadOnlyList<PlanEntry> Plans)
{
    internal PlannedRepository Repository => new(Document.Repository, Document.PasswordFile);
}
