using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class DumpTests(SampleRepository sample)
{
    [Theory]
    [InlineData("random")]
    [InlineData("zeros")]
    [InlineData("smile 😀")]
    public async Task A_file_comes_out_as_it_went_in(string name)
    {
        Outcome dumped = (await sample.HoldfastAsync("dump", "latest", $"{sample.Source}/{name}")).ShouldSucceed();
        dumped.Output.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(sample.Source, name))).ShouldBeTrue();
    }

    [Fact]
    public async Task A_target_is_replaced_when_the_dump_is_whole_and_left_alone_otherwise()
    {
        using var box = new Sandbox();
        string target = box.At("target");
        File.WriteAllText(target, "old");
        (await sample.HoldfastAsync("dump", "latest", "/none", "--target", target)).ShouldRefuse(1, "/none");
        File.ReadAllText(target).ShouldBe("old");
        (await sample.HoldfastAsync("dump", $"latest:{sample.Source}", "new", "--target", target)).ShouldSucceed().Output.ShouldBeEmpty();
        File.ReadAllText(target).ShouldBe("new");
        Directory.GetFileSystemEntries(box.Root).Select(Path.GetFileName).Order().ShouldBe(["home", "password", "target"]);
    }

    [Fact]
    public async Task A_device_as_target_is_written_to_and_not_replaced()
    {
        Outcome outcome = (await sample.HoldfastAsync("dump", "latest", $"{sample.Source}/new", "--target", "/dev/stdout")).ShouldSucceed();
        outcome.Text.ShouldBe("new");
    }

    [Fact]
    public async Task A_folder_comes_out_as_a_tar_archive_that_tar_unpacks_to_the_same()
    {
        using var box = new Sandbox();
        Outcome dumped = await sample.HoldfastAsync("dump", $"latest:{sample.Source}", "/", "--target", box.At("all.tar"));
        dumped.ExitCode.ShouldBe(0, dumped.Error);
        Directory.CreateDirectory(box.At("out"));
        (await box.RunAsync("tar", ["-C", box.At("out"), "--xattrs", "--xattrs-include=user.*", "-xpf", box.At("all.tar")])).ShouldSucceed();
        string describe = """
            cd "$0" && find . -mindepth 1 -printf '%P %y %m %U:%G %s %n %l ' \( -type d -printf '\n' -o -printf '%T@\n' \) | grep -v ' d ' | sort
            find . -type f ! -name fifo -exec sha256sum {} + | sort
            getfattr -d -m - random 2>/dev/null
            """;
        string expected = (await box.RunAsync("/bin/sh", ["-c", describe, sample.Source])).ShouldSucceed().Text;
        (await box.RunAsync("/bin/sh", ["-c", describe, box.At("out")])).ShouldSucceed().Text.ShouldBe(expected);
        File.GetUnixFileMode(box.At("out/sub")).ShouldBe(File.GetUnixFileMode(sample.Source + "/sub"));
        File.GetLastWriteTimeUtc(box.At("out/sub/deep")).ShouldBe(File.GetLastWriteTimeUtc(sample.Source + "/sub/deep"));
    }

    [Fact]
    public async Task A_folder_comes_out_as_a_zip_archive()
    {
        Outcome dumped = await sample.HoldfastAsync("dump", "latest", sample.Source, "-a", "zip");
        dumped.ExitCode.ShouldBe(0, dumped.Error);
        using var zip = new System.IO.Compression.ZipArchive(new MemoryStream(dumped.Output));
        string name = sample.Source.TrimStart('/') + "/numbers.txt";
        using Stream content = zip.GetEntry(name)!.Open();
        using var memory = new MemoryStream();
        content.CopyTo(memory);
        memory.ToArray().ShouldBe(File.ReadAllBytes(sample.Source + "/numbers.txt"));
        ((zip.GetEntry(name)!.ExternalAttributes >> 16) & 0xFFF).ShouldBe(0x9ED); // 04755
    }

    [Fact]
    public async Task Bad_requests_are_refused()
    {
        (await sample.HoldfastAsync("dump", "latest")).ShouldRefuse(1, "file");
        (await sample.HoldfastAsync("dump", sample.First, $"{sample.Source}/link")).ShouldRefuse(1, "link", "symlink");
        (await sample.HoldfastAsync("dump", "latest", "/x", "--archive", "rar")).ShouldRefuse(1, "rar");
        (await sample.HoldfastAsync("dump", "latest", $"{sample.Source}/new", "--target", sample.Box.Root)).ShouldRefuse(1, sample.Box.Root);
        (await sample.HoldfastAsync("dump", "latest", $"{sample.Source}/new", "--target", "/no/such/folder/x")).ShouldRefuse(1, "/no/such/folder");
    }

    [Fact]
    public async Task A_full_disk_behind_standard_output_is_a_failure()
    {
        string[] access = ["-r", sample.Box.At("repo"), "--password-file", sample.Box.PasswordFile];
        foreach (string command in (string[])["dump latest " + sample.Source + "/random", "ls latest"])
        {
            Outcome outcome = await sample.Box.RunAsync("/bin/sh", ["-c", $"\"$HOLDFAST_BINARY\" \"$@\" {command} > /dev/full", "sh", .. access]);
            outcome.ShouldRefuse(1, "no space left");
        }
    }
}
