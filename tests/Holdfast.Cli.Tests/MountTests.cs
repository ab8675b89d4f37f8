using System.Globalization;
using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

/// <summary>Real mounts, through fusermount3 and the kernel.</summary>
public sealed class MountTests(SampleRepository sample)
{
    private static void Need() =>
        Assert.SkipUnless(File.Exists("/dev/fuse"), "this machine has no /dev/fuse, so nothing can be mounted: modprobe fuse");

    private static string Free(Sandbox box)
    {
        Directory.CreateDirectory(box.At("mnt"));
        return box.At("mnt");
    }

    private static bool IsMounted(string path) => File.ReadLines("/proc/self/mountinfo").Any(l => l.Split(' ')[4] == path);

    [Fact]
    public async Task Everything_that_a_file_can_be_is_shown_as_it_was()
    {
        Need();
        using var box = new Sandbox();
        (await box.RunAsync("/bin/sh", ["-c", """
            set -e
            mkdir -p source/folder/empty && cd source
            seq 1 100000 > plain
            : > nothing
            truncate -s 9M zeros
            head -c 7000001 /dev/urandom > random
            printf odd > "$(printf '\377\n"odd" \\name')"
            printf cut > "$(printf '\376 \303')"
            printf blanks > 'trailing blanks  '
            printf long > "$(printf 'n%.0s' $(seq 255))"
            ln plain 'folder/plain again'
            ln -s plain link
            ln -s "$(printf '/nowhere/\377')" dangling
            ln link 'the same link'
            mkfifo -m 640 fifo
            printf mode > setuid && chmod 6755 setuid
            printf none > unreadable && chmod 000 unreadable
            chmod 1777 folder
            touch -d '1969-12-31 23:59:58.123456789 UTC' nothing
            touch -d '2033-05-18 03:33:20.987654321 UTC' folder/empty
            setfattr -n user.note -v 0x00ff0a3d78 random
            setfattr -n user.empty random
            if [ "$(id -u)" = 0 ]; then
              mknod device c 1 3 && mknod disk b 259 65537
              chown 1234:4321 plain && chown -h 12:34 dangling
              setcap cap_net_raw+p setuid
            fi
            seq -f 'many %g' 1 3000 | while read -r name; do : > "folder/$name"; done
            """])).ShouldSucceed();
        (await box.HoldfastAsync("repo", "init")).ShouldSucceed();
        (await box.HoldfastAsync("repo", "backup", "source", "--host", "alpha", "--tag", "a/b,c")).ShouldSucceed();
        string at = Free(box);
        await using RunningProgram mount = await box.StartAsync("repo", "mount", at);
        mount.FirstLine.ShouldContain(at);
        string shown = $"{at}/hosts/alpha/latest{box.At("source")}";

        const string describe = """
            cd "$0" && find . -printf '%P %y %m %U:%G %T@ ' \( -type d -printf '\n' -o -printf '%n %l ' \( -type f -printf '%s\n' -o -printf '\n' \) \) | LC_ALL=C sort
            find . -type f ! -name unreadable -exec sha256sum {} + | LC_ALL=C sort
            find . \( -type c -o -type b \) -exec stat -c '%n %t %T' {} + | LC_ALL=C sort
            find . -links +1 -type f -printf '%i\n' | sort -u | wc -l
            getfattr -h -d -m - -e hex random setuid plain link 2>/dev/null
            """;
        string expected = (await box.RunAsync("/bin/sh", ["-c", describe, box.At("source")])).ShouldSucceed().Text;
        expected.Split('\n').Length.ShouldBeGreaterThan(6000);
        (await box.RunAsync("/bin/sh", ["-c", describe, shown])).ShouldSucceed().Text.ShouldBe(expected);
        Outcome diff = await box.RunAsync("diff", ["-r", "--no-dereference", "-x", "fifo", "-x", "device", "-x", "disk", box.At("source"), shown]);
        diff.ExitCode.ShouldBe(0, diff.Text + diff.Error);

        (await box.RunAsync("/bin/sh", ["-c", "cd \"$0\" && find . -maxdepth 3 | LC_ALL=C sort && readlink snapshots/latest", at])).ShouldSucceed()
            .Lines.ShouldContain("./tags/a_b/latest");
        (await box.RunAsync("/bin/sh", ["-c", "cat \"$0/device\"", shown])).ExitCode.ShouldNotBe(0);
        (await box.RunAsync("/bin/sh", ["-c", "echo x > \"$0/plain\" || rm \"$0/plain\"", shown])).Error.ShouldContain("Read-only file system");
        (await box.RunAsync("ls", [shown + "/no such name"])).ExitCode.ShouldNotBe(0);
        (await mount.EndAsync()).ShouldSucceed().Error.ShouldBeEmpty();
        IsMounted(at).ShouldBeFalse();
        Directory.GetFiles(box.At("repo/locks")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_large_file_is_read_whole_and_in_pieces_by_several_at_once_in_bounded_memory()
    {
        Need();
        const int length = 200_000_000;
        using var box = new Sandbox();
        (await box.RunAsync("/bin/sh", ["-c", $"mkdir source && head -c {length} /dev/urandom > source/large"])).ShouldSucceed();
        (await box.HoldfastAsync("repo", "init")).ShouldSucceed();
        (await box.HoldfastAsync("repo", "backup", "source")).ShouldSucceed();
        string at = Free(box);
        await using RunningProgram mount = await box.StartAsync("repo", "mount", at);
        byte[] expected = File.ReadAllBytes(box.At("source/large"));
        string large = $"{at}/snapshots/latest{box.At("source/large")}";

        await Parallel.ForAsync(0, 6, TestContext.Current.CancellationToken, (reader, _) =>
        {
            using FileStream file = new(large, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            file.Length.ShouldBe(length);
            var buffer = new byte[300_000];
            if (reader < 2)
            {
                for (int position = 0, count; (count = file.Read(buffer)) > 0; position += count)
                {
                    buffer.AsSpan(0, count).SequenceEqual(expected.AsSpan(position, count)).ShouldBeTrue($"at {position}");
                }

                return ValueTask.CompletedTask;
            }

            var random = new Random(reader);
            for (int i = 0; i < 200; i++)
            {
                int position = random.Next(length);
                file.Position = position;
                int count = file.ReadAtLeast(buffer.AsSpan(0, random.Next(1, buffer.Length)), 1, throwOnEndOfStream: false);
                buffer.AsSpan(0, count).SequenceEqual(expected.AsSpan(position, count)).ShouldBeTrue($"at {position}");
            }

            file.Position = length - 1;
            file.Read(buffer).ShouldBe(1);
            file.Position = length + 5;
            file.Read(buffer).ShouldBe(0);
            return ValueTask.CompletedTask;
        });
        PeakMegabytes(mount.Id).ShouldBeLessThan(320);
        (await mount.EndAsync()).ShouldSucceed().Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task It_ends_by_fusermount_by_a_signal_and_by_a_kill_and_the_mount_point_is_free()
    {
        Need();
        using var box = new Sandbox();
        string at = Free(box);
        string repository = sample.Box.At("repo");
        await using (RunningProgram mount = await box.StartAsync(repository, "mount", at, "--json"))
        {
            mount.FirstLine.ShouldBe($$"""{"message_type":"mounted","mountpoint":"{{at}}"}""");
            (await box.HoldfastAsync(repository, "mount", at)).ShouldRefuse(1, at, "already");
            (await box.RunAsync("/bin/sh", ["-c", "$(command -v fusermount3 || command -v fusermount) -u \"$0\"", at])).ShouldSucceed();
            (await mount.WaitAsync()).ShouldSucceed();
        }

        await using (RunningProgram mount = await box.StartAsync(repository, "mount", at))
        {
            using FileStream used = File.OpenRead($"{at}/snapshots/latest{sample.Source}/numbers.txt");
            Outcome ended = (await mount.EndAsync("TERM")).ShouldSucceed();
            ended.Error.ShouldContain("is in use");
            IsMounted(at).ShouldBeFalse();
        }

        await using (RunningProgram mount = await box.StartAsync(repository, "mount", at))
        {
            await mount.EndAsync("KILL");
            (await box.RunAsync("/bin/sh", ["-c", "while grep -q \" $0 \" /proc/self/mountinfo; do sleep 0.05; done", at])).ShouldSucceed();
        }

        await using (RunningProgram mount = await box.StartAsync(repository, "mount", at))
        {
            (await mount.EndAsync()).ShouldSucceed();
        }
    }

    [Fact]
    public async Task Filters_templates_and_owner_hold()
    {
        Need();
        using Sandbox copy = await sample.CopyAsync();
        (await copy.HoldfastAsync("repo", "forget", sample.First, "--force", "--quiet")).ShouldSucceed();
        string at = Free(copy);
        JsonNode shown = (await copy.HoldfastAsync("repo", "list", "--json")).ShouldSucceed().Json.AsArray().ShouldHaveSingleItem()!;
        string time = DateTimeOffset.Parse((string)shown["time"]!, CultureInfo.InvariantCulture).ToString("yyyy-MM-dd_HH-mm-ss", CultureInfo.InvariantCulture);
        await using (RunningProgram mount = await copy.StartAsync("repo", "mount", at, "--path-template", "by/%h/%I", "--path-template", "at/all/%T", "--time-template", "2006-01-02_15-04-05", "--owner-root"))
        {
            (await copy.RunAsync("/bin/sh", ["-c", "cd \"$0\" && find . -maxdepth 3 | LC_ALL=C sort", at])).ShouldSucceed()
                .Lines.ShouldBe([".", "./at", "./at/all", $"./at/all/{time}", "./at/all/latest", "./by", "./by/beta", $"./by/beta/{sample.Second}"]); // the other is in the trash
            (await copy.RunAsync("stat", ["-c", "%u:%g", $"{at}/by/beta/{sample.Second}{sample.Source}"])).ShouldSucceed().Text.ShouldBe("0:0\n");
        }

        await using (RunningProgram mount = await copy.StartAsync("repo", "mount", at, "--host", "nobody"))
        {
            (await copy.RunAsync("/bin/sh", ["-c", "cd \"$0\" && find . | LC_ALL=C sort", at])).ShouldSucceed()
                .Lines.ShouldBe([".", "./hosts", "./ids", "./snapshots", "./tags"]);
        }
    }

    [Fact]
    public async Task Damage_is_an_error_of_whoever_reads_and_is_said_once()
    {
        Need();
        using Sandbox copy = await sample.CopyAsync();
        foreach (string pack in Directory.GetFiles(copy.At("repo/data"), "*", SearchOption.AllDirectories))
        {
            if (new FileInfo(pack).Length > 1_000_000)
            {
                File.SetUnixFileMode(pack, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                using FileStream file = File.OpenWrite(pack);
                file.SetLength(10_000);
            }
        }

        string at = Free(copy);
        await using RunningProgram mount = await copy.StartAsync("repo", "--no-cache", "mount", at);
        Outcome read = await copy.RunAsync("cat", [$"{at}/snapshots/latest{sample.Source}/random"]);
        read.Error.ShouldContain("Input/output error");
        string said = (await mount.EndAsync()).ShouldSucceed().Error;
        said.ShouldContain("truncated");
        said.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBeUnique();
    }

    /// <remarks>A real read error in the middle of a file, where chunks of it and of its neighbours wait to be stored.</remarks>
    [Fact]
    public async Task A_backup_of_a_file_that_cannot_be_read_to_its_end_has_all_others()
    {
        Need();
        using var box = new Sandbox();
        (await box.RunAsync("/bin/sh", ["-c", """
            set -e
            mkdir source && cd source
            for i in 1 2 3 4 5 6; do head -c 40000 /dev/urandom > "before $i"; head -c 40000 /dev/urandom > "z after $i"; done
            head -c 24000000 /dev/urandom > middle
            """])).ShouldSucceed();
        (await box.HoldfastAsync("repo", "init")).ShouldSucceed();
        (await box.HoldfastAsync("repo", "backup", "source")).ShouldSucceed();
        string largest = Directory.GetFiles(box.At("repo/data"), "*", SearchOption.AllDirectories).MaxBy(f => new FileInfo(f).Length)!;
        File.SetUnixFileMode(largest, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (FileStream pack = File.OpenWrite(largest))
        {
            pack.Position = pack.Length / 2; // within a chunk of the large file: the small ones together are a thirtieth of the pack
            pack.Write("damaged"u8);
        }

        string at = Free(box);
        await using RunningProgram mount = await box.StartAsync("repo", "--no-cache", "mount", at);
        string shown = $"{at}/snapshots/latest{box.At("source")}";
        (await box.HoldfastAsync("second", "init")).ShouldSucceed();
        Outcome backup = await box.HoldfastAsync("second", "backup", shown);
        backup.ExitCode.ShouldBe(3, backup.Error);
        backup.Error.ShouldContain($"{shown}/middle: ");
        backup.Error.ShouldContain("Input/output error");
        (await mount.EndAsync()).ShouldSucceed();

        (await box.HoldfastAsync("second", "check", "--read-data")).ShouldSucceed();
        (await box.HoldfastAsync("second", "restore", $"latest:{shown}", "--target", box.At("out"))).ShouldSucceed();
        Outcome diff = await box.RunAsync("diff", ["-r", box.At("source"), box.At("out")]);
        diff.Text.Trim().ShouldBe($"Only in {box.At("source")}: middle");
    }

    [Fact]
    public async Task Bad_mount_points_are_refused()
    {
        using var box = new Sandbox();
        File.WriteAllText(box.At("file"), "x");
        Directory.CreateDirectory(box.At("full/x"));
        string repository = sample.Box.At("repo");
        (await box.HoldfastAsync(repository, "mount")).ShouldRefuse(1, "mount");
        (await box.HoldfastAsync(repository, "mount", box.At("none"))).ShouldRefuse(1, box.At("none"), "mkdir");
        (await box.HoldfastAsync(repository, "mount", box.At("file"))).ShouldRefuse(1, box.At("file"), "no folder");
        (await box.HoldfastAsync(repository, "mount", box.At("full"))).ShouldRefuse(1, box.At("full"), "not empty");
        (await box.HoldfastAsync(repository, "mount", Free(box), "--path-template", "../x")).ShouldRefuse(1, "../x");
        (await box.HoldfastAsync(repository, "mount", Free(box), "--time-template", "%Y-%m-%d")).ShouldRefuse(1, "%Y-%m-%d", "2006");
        (await box.HoldfastAsync(repository, "mount", Free(box), "--time-template", "2006/01/02")).ShouldRefuse(1, "2006/01/02");
        (await box.HoldfastAsync("missing", "mount", Free(box))).ShouldRefuse(10, "missing");
        Outcome bare = await box.RunAsync(
            "/bin/sh", ["-c", "PATH=/nowhere exec \"$HOLDFAST_BINARY\" -r \"$0\" -p password mount mnt", repository]);
        bare.ShouldRefuse(1, "fusermount3", "fuse3");
    }

    /// <remarks>Takes half a minute, the time between two looks at the snapshots; so only on demand: -explicit on.</remarks>
    [Fact(Explicit = true)]
    public async Task A_new_snapshot_appears()
    {
        Need();
        using Sandbox copy = await sample.CopyAsync();
        string at = Free(copy);
        await using RunningProgram mount = await copy.StartAsync("repo", "mount", at);
        Directory.GetDirectories(at + "/ids").Length.ShouldBe(2);
        File.WriteAllText(copy.At("fresh"), "fresh");
        (await copy.HoldfastAsync("repo", "backup", copy.At("fresh"))).ShouldSucceed();
        (await copy.ScriptAsync("""
            while [ $(ls mnt/ids | wc -l) != 3 ]; do sleep 1; done
            cat "mnt/snapshots/latest$PWD/fresh"
            """)).ShouldSucceed().Text.ShouldBe("fresh");
    }

    private static int PeakMegabytes(int process)
    {
        string line = File.ReadLines($"/proc/{process}/status").Single(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
