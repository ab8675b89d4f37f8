using Holdfast.Backend;
using Holdfast.Source;

namespace Holdfast.Plan.Tests.App;

/// <summary>What an application says goes into files of clients, and must stay what it is there.</summary>
public sealed class LoginTests
{
    [Theory]
    [InlineData("x\nplugin_dir=/srv/e\ndefault_auth=e\n#")]
    [InlineData("x\rplugin_dir=/srv/e")]
    [InlineData("x\0y")]
    public void A_line_break_is_no_way_to_an_option_of_the_client(string text)
    {
        foreach (MySqlOptions options in new MySqlOptions[] { new() { User = text }, new() { Host = text }, new() { Socket = text } })
        {
            BackupException refused = Should.Throw<BackupException>(() => MySqlLogin.Create(options));
            (refused.Kind, refused.Message.Contains("has a line break or another control character in it")).ShouldBe((BackupErrorKind.Source, true), refused.Message);
        }
    }

    [Fact]
    public void Nor_is_a_line_that_is_longer_than_a_client_reads()
    {
        Should.Throw<BackupException>(() => MySqlLogin.Create(new() { User = new string('x', 4078) + "plugin_dir=/srv/e" })).Message.ShouldContain("more than 2000 bytes");
        using MySqlLogin login = MySqlLogin.Create(new() { User = new string('x', 1000) });
        File.ReadAllText(login.Argument["--defaults-file=".Length..]).ShouldBe($"[client]\nuser=\"{new string('x', 1000)}\"\n");
    }

    [Fact]
    public async Task A_configuration_that_tries_is_refused_and_runs_nothing()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        Sites.WordPress(bench.Folder + "/blog", user: $"x\\nplugin_dir={bench.Folder}\\ndefault_auth=e\\n#");
        (await Should.ThrowAsync<BackupException>(() => bench.RunAsync(bench.Plan("shop", "app: { recipe: wordpress, path: blog }")))).Message.ShouldContain("the user for a MySQL server has a line break");
    }
}
