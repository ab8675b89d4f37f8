using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

/// <summary>What a user gets who leaves something out, or mistypes it: one sentence that says what to do.</summary>
public sealed class WrongInputTests(SampleRepository sample)
{
    [Theory]
    [InlineData("repair wants one of its commands, such as index", "repair")]
    [InlineData("key wants one of its commands", "key")]
    [InlineData("which snapshot? see ls --help", "ls")]
    [InlineData("which snapshot-b?", "diff", "latest")]
    [InlineData("which id? see repair packs --help", "repair", "packs")]
    [InlineData("'zz' is no id of an object", "find", "--blob", "zz")]
    [InlineData("--from-source", "repair", "heal")]
    [InlineData("no policy was given that keeps anything", "forget", "--keep-last", "0", "--dry-run")]
    public async Task What_is_missing_is_named(string sentence, params string[] arguments) =>
        (await sample.HoldfastAsync(arguments)).ShouldRefuse(1, sentence);

    [Theory]
    [InlineData("restore")]
    [InlineData("dump")]
    [InlineData("ls")]
    [InlineData("find")]
    [InlineData("mirror")]
    public async Task Who_asks_for_help_need_not_say_what_the_command_wants(params string[] command)
    {
        Outcome help = await sample.Box.BareAsync([.. command, "--help"]);
        help.ShouldSucceed().Text.ShouldContain($"holdfast {string.Join(' ', command)} ");
        help.Text.ShouldContain("Example");
    }
}
