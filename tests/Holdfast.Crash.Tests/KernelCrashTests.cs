namespace Holdfast.Crash.Tests;

/// <summary>Every call of the local backend to the kernel.</summary>
[Collection(Level.OfKernel.Collection)]
public sealed class KernelCrashTests : CrashTests
{
    public static TheoryData<string, int> Cases => CasesFor(1, soakSeeds: 3);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Nothing_promised_is_lost_at_any_call_to_the_kernel(string operation, int seed)
    {
        using var level = new Level.OfKernel();
        await ReplayAsync(level, operation, seed);
    }
}
