namespace Holdfast.Plan.Tests.App;

/// <summary>For tests that take the folder for temporary files away: nobody else may look for it meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class NoTemporaryFolder
{
    internal const string Name = "no temporary folder";
}
