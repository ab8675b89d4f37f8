using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

/// <summary>What stops every command before it begins.</summary>
public sealed class AccessTests(SampleRepository sample)
{
    public static TheoryData<string> Commands =>
        new("list", "show latest", "ls latest", "find x", "diff latest latest", "dump latest /x", "stats", "cat config", "key list", "unlock");

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_missing_repository_gives_exit_code_10(string command) =>
        (await sample.Box.HoldfastAsync("nowhere", command.Split(' '))).ShouldRefuse(10, sample.Box.At("nowhere"));

    [Fact]
    public async Task A_wrong_password_gives_exit_code_12()
    {
        string wrong = sample.Box.WriteSecret("wrong", "not it");
        foreach (string command in (string[])["ls latest", "key list", "unlock"])
        {
            (await sample.Box.BareAsync(["-r", sample.Box.At("repo"), "-p", wrong, .. command.Split(' ')])).ShouldRefuse(12, "wrong password");
        }
    }

    [Fact]
    public async Task A_password_file_that_others_can_read_is_refused()
    {
        string open = sample.Box.WriteSecret("open", "a good password");
        File.SetUnixFileMode(open, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        (await sample.Box.BareAsync("-r", sample.Box.At("repo"), "-p", open, "list")).ShouldRefuse(1, open, "chmod 600");
    }

    [Fact]
    public async Task An_unknown_option_is_named()
    {
        (await sample.HoldfastAsync("ls", "latest", "--moon")).ShouldRefuse(1, "--moon");
        (await sample.HoldfastAsync("moon")).ShouldRefuse(1, "moon");
    }

    [Fact]
    public async Task Ambiguous_ids_are_refused_and_several_digits_are_enough()
    {
        // Two names of one key file: the beginning they share cannot tell them apart.
        using Sandbox copy = await sample.CopyAsync();
        string index = Directory.GetFiles(copy.At("repo/index"))[0];
        string name = Path.GetFileName(index);
        File.Copy(index, Path.Combine(copy.At("repo/index"), name[..63] + (name[63] == '0' ? '1' : '0')));
        (await copy.HoldfastAsync("repo", "cat", "index", name[..20])).ShouldRefuse(1, name[..20], "more digits");
    }

    [Fact]
    public async Task A_failure_with_json_is_a_json_line()
    {
        Outcome outcome = await sample.HoldfastAsync("ls", "abcdef0123", "--json");
        outcome.ExitCode.ShouldBe(1);
        outcome.Output.ShouldBeEmpty();
        JsonNode error = JsonNode.Parse(outcome.Error)!;
        ((string?)error["message_type"]).ShouldBe("exit_error");
        ((string?)error["message"])!.ShouldContain("abcdef0123");
    }
}
