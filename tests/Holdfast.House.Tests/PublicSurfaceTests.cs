using System.Reflection;

namespace Holdfast.House.Tests;

/// <summary>
/// What a library shows to others is a reviewed line in its PublicSurface.txt. To accept a change, run the tests with
/// HOLDFAST_ACCEPT_SURFACE=1 and read the difference.
/// </summary>
public sealed class PublicSurfaceTests
{
    [Theory]
    [InlineData("Holdfast.Linux")]
    [InlineData("Holdfast.Backend")]
    [InlineData("Holdfast.Repository")]
    [InlineData("Holdfast.Archiver")]
    [InlineData("Holdfast.Source")]
    [InlineData("Holdfast.Protocol")]
    [InlineData("Holdfast.Plan")]
    public void The_public_surface_is_the_one_written_down(string project)
    {
        string file = Path.Combine(House.Root, "src", project, "PublicSurface.txt");
        string actual = Describe(Assembly.Load(project));
        if (Environment.GetEnvironmentVariable("HOLDFAST_ACCEPT_SURFACE") == "1")
        {
            File.WriteAllText(file, actual);
        }

        File.ReadAllText(file).ShouldBe(actual, $"{file}: accept with HOLDFAST_ACCEPT_SURFACE=1");
    }

    [Theory]
    [InlineData("Holdfast.Linux")]
    [InlineData("Holdfast.Backend")]
    [InlineData("Holdfast.Repository")]
    [InlineData("Holdfast.Archiver")]
    [InlineData("Holdfast.Source")]
    [InlineData("Holdfast.Protocol")]
    [InlineData("Holdfast.Plan")]
    public void Classes_are_sealed_and_no_type_is_named_after_a_drawer(string project)
    {
        Type[] types = [.. Assembly.Load(project).GetTypes().Where(t => !t.Name.Contains('<') && t.DeclaringType is null)];
        string[] open = [.. types.Where(t => t is { IsClass: true, IsPublic: true, IsSealed: false, IsAbstract: false } && !types.Any(d => d.BaseType == t)).Select(t => t.Name)];
        open.ShouldBeEmpty();
        types.Select(t => t.Name).ShouldNotContain(n => n.EndsWith("Manager") || n.EndsWith("Helper") || n.EndsWith("Utils") || n.EndsWith("Common"));
    }

    private static string Describe(Assembly assembly) => string.Concat(assembly.GetExportedTypes()
        .OrderBy(t => t.FullName, StringComparer.Ordinal)
        .SelectMany(t => Members(t).Prepend(t.FullName!)).Select(l => l + "\n"));

    private static IEnumerable<string> Members(Type type) => type
        .GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        .Where(m => m is not Type && !m.Name.Contains('<') && m is not MethodBase { IsSpecialName: true, IsConstructor: false }
            && m.Name is not ("ToString" or "Equals" or "GetHashCode" or "Deconstruct" or "PrintMembers"))
        .Select(m => $"  {m}").Distinct().Order(StringComparer.Ordinal);
}
