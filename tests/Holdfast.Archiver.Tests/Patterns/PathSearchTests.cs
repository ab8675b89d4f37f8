namespace Holdfast.Archiver.Tests;

public sealed class PathSearchTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    [Theory]
    [InlineData("*/file", "real/file")]
    [InlineData("**/file", "real/file")]
    [InlineData("link/*", "link/file")]
    [InlineData("link/file", "link/file")]
    [InlineData("l*", "link")]
    [InlineData("gone/*/file", null)]
    public void Links_in_the_middle_are_followed_only_where_they_are_named(string pattern, string? expected)
    {
        Directory.CreateDirectory(_folder.Path + "/real");
        File.WriteAllText(_folder.Path + "/real/file", "x");
        File.CreateSymbolicLink(_folder.Path + "/link", _folder.Path + "/real");

        PathSearch.Find($"{_folder.Path}/{pattern}", _ => true, _ => true).ShouldBe(expected is null ? [] : [$"{_folder.Path}/{expected}"]);
    }

    public void Dispose() => _folder.Dispose();
}
