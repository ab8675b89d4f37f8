using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("holdfast ba", "backup")]
    [InlineData("holdfast key pas", "passwd")]
    [InlineData("holdfast ls --rec", "--recursive")]
    [InlineData("holdfast stats --mode raw", "raw-data")]
    public async Task Bash_completes(string line, string expected)
    {
        using var box = new Sandbox();
        Outcome outcome = await box.RunAsync("bash", ["-c", """
            ln -s "$HOLDFAST_BINARY" holdfast; PATH=$PWD:$PATH
            source <(holdfast completion bash)
            COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=($1) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            $(complete -p holdfast | sed 's/.*-F \([^ ]*\).*/\1/')
            printf '%s\n' "${COMPREPLY[@]}"
            """, "bash", line]);
        outcome.ShouldSucceed().Lines.ShouldBe([expected]);
    }

    [Fact]
    public async Task Every_script_asks_the_program()
    {
        using var box = new Sandbox();
        foreach (string shell in (string[])["bash", "zsh", "fish"])
        {
            (await box.BareAsync("completion", shell)).ShouldSucceed().Text.ShouldContain("[suggest:");
        }

        (await box.BareAsync("completion", "tcsh")).ShouldRefuse(1, "tcsh");
    }
}
