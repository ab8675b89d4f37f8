using System.Diagnostics;
using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

public sealed class PrivateFolderTests
{
    private static readonly string s_temporary = Path.GetTempPath();

    [Fact]
    public void Nobody_else_can_read_what_is_in_it_and_it_goes_with_its_owner()
    {
        string secret = Guid.NewGuid().ToString();
        using (PrivateFolder folder = PrivateFolder.Create("password", secret))
        {
            PrivateFolders.Holding(secret).ShouldBe([folder.PathOf("password")]);
            File.GetUnixFileMode(folder.PathOf("password")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.GetUnixFileMode(Path.GetDirectoryName(folder.PathOf("password"))!).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            folder.Write("password", "another");
            File.ReadAllText(folder.PathOf("password")).ShouldBe("another");
        }

        PrivateFolders.Holding("another").ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_killed_process_left_goes_with_the_next_and_what_is_in_use_stays()
    {
        string left = Directory.CreateDirectory($"{s_temporary}/holdfast-private-{Guid.NewGuid()}").FullName;
        await File.WriteAllTextAsync($"{left}/password", "secret", TestContext.Current.CancellationToken);
        using var owner = Process.Start(new ProcessStartInfo("flock", [$"{left}/lock", "sh", "-c", "echo held; exec sleep 600"]) { RedirectStandardOutput = true })!;
        (await owner.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("held");
        using PrivateFolder inUse = PrivateFolder.Create("password", "mine");
        PrivateFolder.Create().Dispose();
        File.Exists($"{left}/password").ShouldBeTrue("another process has its lock");

        owner.Kill(entireProcessTree: true);
        await owner.WaitForExitAsync(TestContext.Current.CancellationToken);

        // Its child, which has the lock, too, may end a moment later; and another test may be looking whether the lock is held.
        for (int i = 0; i < 100 && Directory.Exists(left); i++)
        {
            using var free = Process.Start("flock", [$"{left}/lock", "true"]);
            await free.WaitForExitAsync(TestContext.Current.CancellationToken);
            PrivateFolder.Create().Dispose();
        }

        Directory.Exists(left).ShouldBeFalse();
        File.ReadAllText(inUse.PathOf("password")).ShouldBe("mine");
    }

    [Fact]
    public void What_is_of_another_user_or_was_never_locked_stays()
    {
        string theirs = Made("lock"), begun = Made("password"), link = $"{s_temporary}/holdfast-private-{Guid.NewGuid()}";
        try
        {
            Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can give a folder to another user");
            using (var chown = Process.Start("chown", ["-R", "65534:65534", theirs]))
            {
                chown.WaitForExit();
            }

            Directory.CreateSymbolicLink(link, theirs);
            PrivateFolder.Create().Dispose();
            File.Exists($"{theirs}/lock").ShouldBeTrue();
            File.Exists($"{begun}/password").ShouldBeTrue();
            Path.Exists(link).ShouldBeTrue();
        }
        finally
        {
            File.Delete(link);
            Directory.Delete(theirs, recursive: true);
            Directory.Delete(begun, recursive: true);
        }

        static string Made(string file)
        {
            string folder = Directory.CreateDirectory($"{s_temporary}/holdfast-private-{Guid.NewGuid()}").FullName;
            File.WriteAllText($"{folder}/{file}", string.Empty);
            return folder;
        }
    }

    [Fact]
    public void Many_at_once_leave_each_other_alone()
    {
        Parallel.For(0, 200, new() { MaxDegreeOfParallelism = 8 }, i =>
        {
            using PrivateFolder folder = PrivateFolder.Create("number", $"{i}");
            File.ReadAllText(folder.PathOf("number")).ShouldBe($"{i}");
        });
    }
}
