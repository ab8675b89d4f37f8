using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class RestoreTests(SampleRepository sample)
{
    /// <summary>Of a repository without snapshots: were it not refused, there would be nothing to restore.</summary>
    [Theory]
    [InlineData("latest", "--target", "/")]
    [InlineData("latest", "--target", "//.")]
    [InlineData("latest", "--target", "/usr/..")]
    [InlineData("latest:/", "--target", "/")]
    [InlineData("latest", "/", "--target", "/")]
    public async Task Deleting_in_all_of_the_machine_is_refused(params string[] arguments) =>
        (await sample.Box.HoldfastAsync("empty", ["restore", "--delete", "--dry-run", .. arguments])).ShouldRefuse(1, "--delete");

    [Theory]
    [InlineData("latest", "/etc")]
    [InlineData("latest:/etc")]
    [InlineData("latest", "--include", "/etc")]
    [InlineData("latest", "--exclude", "/etc")]
    public async Task Deleting_in_a_part_of_the_machine_is_not(params string[] arguments) =>
        (await sample.Box.HoldfastAsync("empty", ["restore", "--delete", "--dry-run", "--target", "/", .. arguments])).ShouldRefuse(1, "no such snapshot");

    [Fact]
    public async Task Patterns_that_match_nothing_are_no_success()
    {
        Outcome nothing = await sample.Box.HoldfastAsync("repo", "restore", "latest", "--target", "matchless", "--include", "/no/such/*");
        nothing.ExitCode.ShouldBe(1);
        nothing.Error.ShouldContain("matches what --include says");
        (await sample.Box.HoldfastAsync("repo", "restore", "latest", "--target", "matchless", "--include", "*", "--dry-run")).ShouldSucceed();
    }
}
