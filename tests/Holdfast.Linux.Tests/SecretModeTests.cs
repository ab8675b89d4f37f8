using System.Diagnostics;

namespace Holdfast.Linux.Tests;

public sealed class SecretModeTests
{
    [Theory]
    [InlineData("600", true)]
    [InlineData("400", true)]
    [InlineData("711", true)]
    [InlineData("640", false)]
    [InlineData("620", false)]
    [InlineData("604", false)]
    [InlineData("602", false)]
    [InlineData("644", false)]
    public void A_password_file_is_its_owners_alone(string mode, bool isGood)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
            using FileStream file = File.OpenRead(path);
            SecretMode.FindTrouble(file, "./given").ShouldBe(isGood ? null : "the password file ./given can be read or changed by others: chmod 600 ./given");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_pipe_has_no_mode_that_would_say_anything()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using (Process made = Process.Start("mkfifo", ["-m", "666", path]))
            {
                made.WaitForExit();
            }

            using var writer = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
            using FileStream file = File.OpenRead(path);
            SecretMode.FindTrouble(file, path).ShouldBeNull();
        }
        finally
        {
            File.Delete(path);
        }
    }
}
