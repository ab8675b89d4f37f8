namespace Holdfast.Plan;

/// <summary>A command around the capture, or to check an application.</summary>
/// <param name="Run">The program and its arguments; no shell is between.</param>
/// <param name="Timeout">It is ended after this, and has failed.</param>
/// <param name="AsOwner">Whether it runs as the owner of the configuration, instead of whoever backs up.</param>
internal sealed record RecipeCommand(IReadOnlyList<Template> Run, TimeSpan Timeout, bool AsOwner)
{
    internal static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(1);
}
