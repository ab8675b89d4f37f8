namespace Holdfast.Backend.Tests;

public sealed class BackendFileTests
{
    [Fact]
    public void Paths_are_those_of_restics_default_layout()
    {
        string name = "0123456789abcdef".PadRight(64, '0');
        BackendFile.Config.RelativePath.ShouldBe("config");
        new BackendFile(FileType.Pack, name).RelativePath.ShouldBe($"data/01/{name}");
        new BackendFile(FileType.Key, name).RelativePath.ShouldBe($"keys/{name}");
        new BackendFile(FileType.Lock, name).RelativePath.ShouldBe($"locks/{name}");
        new BackendFile(FileType.Snapshot, name).RelativePath.ShouldBe($"snapshots/{name}");
        new BackendFile(FileType.Index, name).RelativePath.ShouldBe($"index/{name}");
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("config", false)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", true)]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true)]
    [InlineData("0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF", false)]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde", false)]
    [InlineData("../3456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", false)]
    public void Only_64_lower_case_digits_are_a_name(string name, bool isName) => BackendFile.IsName(name).ShouldBe(isName);
}
