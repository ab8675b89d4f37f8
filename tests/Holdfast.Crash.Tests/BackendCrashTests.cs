namespace Holdfast.Crash.Tests;

/// <summary>Every call to a backend.</summary>
public sealed class BackendCrashTests : CrashTests
{
    public static TheoryData<string, int> Cases => CasesFor(2, soakSeeds: 6);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Nothing_promised_is_lost_at_any_call_to_the_backend(string operation, int seed)
    {
        using var level = new Level.OfBackend();
        await ReplayAsync(level, operation, seed);
    }
}
