using Holdfast.Fixtures;

namespace Holdfast.Plan.Tests.App;

[Collection(NoTemporaryFolder.Name)]
public sealed class PasswordFolderTests
{
    [Fact]
    public async Task Where_no_password_can_be_written_down_every_check_that_needs_it_says_so()
    {
        using var folder = new TempFolder();
        Installation blog = Installation.Open(RecipeBook.Load("/nowhere").Find("wordpress")!, Sites.WordPress(folder["blog"]), null);
        string? before = Environment.GetEnvironmentVariable("TMPDIR");
        Environment.SetEnvironmentVariable("TMPDIR", folder["missing"]);
        try
        {
            AppCheckResult[] results = await new AppCheck(blog).RunAsync(TestContext.Current.CancellationToken).ToArrayAsync(TestContext.Current.CancellationToken);
            results.Select(r => (r.Kind, r.IsPassed)).ShouldBe([("file", true), ("file", true), ("file", true), ("query", false), ("query", false)]);
            results[4].Problem!.ShouldStartWith($"no private file can be made in {folder["missing"]}/: ");
            results[4].Problem!.ShouldEndWith("; make room there, or name another folder in TMPDIR");
        }
        finally
        {
            Environment.SetEnvironmentVariable("TMPDIR", before);
        }
    }
}
