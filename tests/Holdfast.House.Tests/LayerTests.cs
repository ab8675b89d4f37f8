using System.Xml.Linq;

namespace Holdfast.House.Tests;

/// <summary>The permitted references of docs/design.md, "Rooms": these and no others.</summary>
public sealed class LayerTests
{
    private static readonly Dictionary<string, string[]> Permitted = new()
    {
        ["Holdfast.Linux"] = [],
        ["Holdfast.Backend"] = ["Holdfast.Linux"],
        ["Holdfast.Repository"] = ["Holdfast.Backend", "Holdfast.Linux"],
        ["Holdfast.Archiver"] = ["Holdfast.Repository", "Holdfast.Backend", "Holdfast.Linux"],
        ["Holdfast.Source"] = ["Holdfast.Archiver", "Holdfast.Repository", "Holdfast.Backend", "Holdfast.Linux"],
        ["Holdfast.Protocol"] = [],
        ["Holdfast.Plan"] = ["Holdfast.Protocol", "Holdfast.Source", "Holdfast.Archiver", "Holdfast.Repository", "Holdfast.Backend", "Holdfast.Linux"],
        ["Holdfast.Cli"] = ["Holdfast.Plan", "Holdfast.Protocol", "Holdfast.Source", "Holdfast.Archiver", "Holdfast.Repository", "Holdfast.Backend", "Holdfast.Linux"],
    };

    public static TheoryData<string> Projects =>
        [.. Directory.EnumerateDirectories(Path.Combine(House.Root, "src")).Select(d => Path.GetFileName(d)).Order()];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_room_sees_only_the_rooms_that_the_drawing_permits(string project)
    {
        Permitted.ShouldContainKey(project, "a new room needs a line in docs/design.md and in this table");
        References(project).ShouldBe(Permitted[project], ignoreOrder: true);
    }

    [Fact]
    public void Unsafe_code_lives_behind_the_native_fence_only()
    {
        string[] allowed = [.. ProjectFiles().Where(f => File.ReadAllText(f).Contains("<AllowUnsafeBlocks>true")).Select(f => Path.GetFileNameWithoutExtension(f))];
        allowed.ShouldBe(["Holdfast.Linux"]);
    }

    [Fact]
    public void No_project_names_a_package_version_of_its_own()
    {
        foreach (string file in ProjectFiles())
        {
            XDocument.Load(file).Descendants("PackageReference").Attributes("Version").ShouldBeEmpty(file);
        }
    }

    private static IEnumerable<string> ProjectFiles() =>
        ((string[])["src", "tests", "bench"]).SelectMany(f => Directory.EnumerateFiles(Path.Combine(House.Root, f), "*.csproj", SearchOption.AllDirectories));

    private static string[] References(string project) =>
    [
        .. XDocument.Load(Path.Combine(House.Root, "src", project, project + ".csproj"))
            .Descendants("ProjectReference").Attributes("Include").Select(a => Path.GetFileNameWithoutExtension(a.Value.Replace('\\', '/'))),
    ];
}
