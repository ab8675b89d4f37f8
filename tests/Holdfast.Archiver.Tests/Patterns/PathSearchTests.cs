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

    [Theory]
    [InlineData(@"a \[1]/file", "a [1]/file")]
    [InlineData(@"a \[1]/*", "a [1]/file")]
    [InlineData(@"\*/file", "*/file")]
    [InlineData(@"b\\/file", @"b\/file")]
    [InlineData(@"a \[2]/file", null)]
    [InlineData(@"a [[]1]/file", null)]
    public void A_name_that_needed_escapes_is_named_all_the_same(string pattern, string? expected)
    {
        Directory.CreateDirectory(_folder.Path + "/real");
        File.WriteAllText(_folder.Path + "/real/file", "x");
        foreach (string link in (string[])["a [1]", "*", @"b\"])
        {
            File.CreateSymbolicLink($"{_folder.Path}/{link}", _folder.Path + "/real");
        }

        PathSearch.Find($"{_folder.Path}/{pattern}", _ => true, _ => true).ShouldBe(expected is null ? [] : [$"{_folder.Path}/{expected}"]);
    }

    public void Dispose() => _folder.Dispose();
}
