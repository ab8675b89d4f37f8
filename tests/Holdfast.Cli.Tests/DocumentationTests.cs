using System.Text.RegularExpressions;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

/// <summary>What the program's own help names is on its pages.</summary>
public sealed partial class DocumentationTests(SampleRepository sample)
{
    private static readonly string Pages = Path.Combine(Sandbox.RepositoryRoot(), "docs");

    [Fact]
    public async Task Every_option_is_on_the_page_of_its_command_or_on_that_of_all()
    {
        string help = (await sample.Box.BareAsync("--help")).ShouldSucceed().Text;
        string[] common = [.. Options(help)];
        string[] commands = [.. Commands(help)];
        commands.Length.ShouldBeGreaterThan(30);
        var missing = new List<string>(common.Where(o => !IsNamed(o, File.ReadAllText(Path.Combine(Pages, "common-options.md")))));
        foreach (string command in commands)
        {
            await CollectAsync([command], common, File.ReadAllText(Path.Combine(Pages, "commands", command + ".md")), missing);
        }

        missing.ShouldBeEmpty();
    }

    private async Task CollectAsync(string[] words, string[] common, string page, List<string> missing)
    {
        string help = (await sample.Box.BareAsync([.. words, "--help"])).ShouldSucceed().Text;
        missing.AddRange(Options(help).Except(common).Where(o => !IsNamed(o, page)).Select(o => $"{string.Join(' ', words)} {o}"));
        foreach (string command in Commands(help))
        {
            await CollectAsync([.. words, command], common, page, missing);
        }
    }

    private static bool IsNamed(string option, string page) => Regex.IsMatch(page, $@"(?<![\w-]){Regex.Escape(option)}(?![\w-])");

    /// <summary>The long name of each option; of several, the first.</summary>
    private static IEnumerable<string> Options(string help) =>
        Section(help, "Options:").Select(l => OptionName().Match(l).Groups[1].Value).Where(n => n.Length > 0);

    private static IEnumerable<string> Commands(string help) => Section(help, "Commands:").Select(l => l.Trim().Split(' ', ',')[0]);

    private static IEnumerable<string> Section(string help, string title) =>
        help.Split('\n').SkipWhile(l => l != title).Skip(1).TakeWhile(l => l.StartsWith("  ", StringComparison.Ordinal));

    [GeneratedRegex(@"^  (?:-\S, )*(--[a-z-]+)")]
    private static partial Regex OptionName();
}
