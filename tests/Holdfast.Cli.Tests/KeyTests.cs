using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class KeyTests(SampleRepository sample)
{
    [Fact]
    public async Task Keys_are_listed_as_restic_lists_them()
    {
        JsonNode ours = (await sample.HoldfastAsync("key", "list", "--json")).ShouldSucceed().Json;
        JsonNode restics = (await sample.ResticAsync("key", "list", "--json")).ShouldSucceed().Json;
        ((string)ours[0]!["id"]!).ShouldStartWith((string)restics[0]!["id"]!); // older releases of restic print eight digits
        restics[0]!.AsObject().Remove("id");
        Outcome.ShouldSayAllOf(ours, restics);
        (await sample.HoldfastAsync("key", "list")).ShouldSucceed().Text.ShouldContain("*" + ((string)ours[0]!["id"]!)[..8]);
    }

    [Fact]
    public async Task A_key_is_added_used_and_removed()
    {
        using Sandbox copy = await sample.CopyAsync();
        string second = copy.WriteSecret("second", "another password");
        string id = (string)(await copy.HoldfastAsync("repo", "key", "add", "--new-password-file", second, "--json")).ShouldSucceed().Json["id"]!;
        (await copy.BareAsync("-r", copy.At("repo"), "-p", second, "list")).ShouldSucceed();
        (await copy.HoldfastAsync("repo", "key", "remove", id[..8])).ShouldSucceed();
        (await copy.BareAsync("-r", copy.At("repo"), "-p", second, "list")).ShouldRefuse(12, "wrong password");
        Directory.GetFiles(copy.At("repo/locks")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_key_is_somebodys_else_where_that_is_said()
    {
        using Sandbox copy = await sample.CopyAsync();
        string second = copy.WriteSecret("second", "another password");
        string id = (string)(await copy.HoldfastAsync("repo", "key", "add", "--new-password-file", second, "--user", "eve", "--host", "web2", "--json")).ShouldSucceed().Json["id"]!;
        JsonNode added = (await copy.ResticAsync("repo", "key", "list", "--json")).ShouldSucceed().Json.AsArray().Single(k => id.StartsWith((string)k!["id"]!, StringComparison.Ordinal))!;
        ((string?)added["userName"], (string?)added["hostName"]).ShouldBe(("eve", "web2"));
    }

    [Fact]
    public async Task A_changed_password_is_the_only_one_and_restic_takes_it()
    {
        using Sandbox copy = await sample.CopyAsync();
        string next = copy.WriteSecret("next", "the next password");
        (await copy.HoldfastAsync("repo", "key", "passwd", "--new-password-file", next)).ShouldSucceed();
        Directory.GetFiles(copy.At("repo/keys")).ShouldHaveSingleItem();
        (await copy.HoldfastAsync("repo", "list")).ShouldRefuse(12, "wrong password");
        copy.WriteSecret("password", "the next password");
        (await copy.ResticAsync("repo", "snapshots", "--json")).ShouldSucceed().Json.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task Bad_requests_are_refused_and_change_nothing()
    {
        using Sandbox copy = await sample.CopyAsync();
        string key = Path.GetFileName(Directory.GetFiles(copy.At("repo/keys")).Single());
        (await copy.HoldfastAsync("repo", "key", "remove", key)).ShouldRefuse(1, "just opened");
        (await copy.HoldfastAsync("repo", "key", "remove", "0123456789")).ShouldRefuse(1, "0123456789");
        (await copy.HoldfastAsync("repo", "key", "remove", "xyz")).ShouldRefuse(1, "'xyz'");
        (await copy.HoldfastAsync("repo", "key", "remove")).ShouldRefuse(1, "id");
        (await copy.HoldfastAsync("repo", "key", "add")).ShouldRefuse(1, "--new-password-file");
        (await copy.HoldfastAsync("repo", "key", "add", "--new-password-file", "/none")).ShouldRefuse(1, "/none");
        (await copy.HoldfastAsync("repo", "key", "add", "--new-password-file", copy.WriteSecret("blank", ""))).ShouldRefuse(1, "empty password");
        (await copy.HoldfastAsync("repo", "key", "passwd", "--no-lock", "--new-password-file", copy.PasswordFile)).ShouldRefuse(1, "--no-lock");
        Directory.GetFiles(copy.At("repo/keys")).Select(Path.GetFileName).ShouldBe([key]);
    }
}
