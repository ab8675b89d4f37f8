using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Interop.Tests;

/// <summary>Repositories that are damaged, locked, full, read-only, or not there.</summary>
public sealed class DamageTests : IDisposable
{
    private readonly Bench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task What_is_wrong_with_opening_has_its_exit_code()
    {
        await _bench.WithSnapshotAsync();
        File.WriteAllText(_bench.PasswordFile, "wrong");
        (await _bench.HoldfastAsync("list")).ShouldFail(12, "wrong password", _bench.Repository);
        File.Delete(_bench.PasswordFile);
        (await _bench.HoldfastAsync("list")).ShouldFail(1, _bench.PasswordFile);
        File.WriteAllText(_bench.PasswordFile, string.Empty);
        Command.Run("chmod", "600", _bench.PasswordFile);
        (await _bench.HoldfastAsync("list")).ShouldFail(1, "empty");
        File.WriteAllText(_bench.PasswordFile, Command.Password);
        Command.Run("chmod", "644", _bench.PasswordFile);
        (await _bench.HoldfastAsync("list")).ShouldFail(1, "chmod 600");
        _bench.Repository += "/elsewhere";
        (await _bench.HoldfastAsync("list")).ShouldFail(10, _bench.Repository);
        (await _bench.HoldfastAsync("backup", _bench.Source)).ShouldFail(10, _bench.Repository);
    }

    [Fact]
    public async Task A_locked_repository_is_left_alone()
    {
        await _bench.WithSnapshotAsync();
        await using OpenRepository open = await Repository.Repository.OpenAsync(new LocalBackend(_bench.Repository), Command.Password, new(), TestContext.Current.CancellationToken);
        await using (await RepositoryLock.AcquireAsync(open, exclusive: true, TestContext.Current.CancellationToken))
        {
            (await _bench.HoldfastAsync("backup", _bench.Source)).ShouldFail(11, "locked exclusively");
            (await _bench.HoldfastAsync("restore", "latest", "--target", _bench.Target)).ShouldFail(11, "locked");
            _bench.Files("locks").Length.ShouldBe(1);
        }

        (await _bench.HoldfastAsync("backup", _bench.Source)).ShouldEnd(0);
        _bench.Files("locks").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("config", 1, "config")]
    [InlineData("keys", 1, "key")]
    [InlineData("snapshots", 1, "snapshot")]
    [InlineData("index", 1, "index")]
    [InlineData("trees", 1, "pack")]
    [InlineData("data", 1, "pack")]
    public async Task A_flipped_bit_is_found_and_nothing_damaged_is_restored(string what, int exitCode, string word)
    {
        await _bench.WithSnapshotAsync();
        Bench.Flip(what switch
        {
            "config" => _bench.Repository + "/config",
            "trees" => _bench.Pack(trees: true),
            "data" => _bench.Pack(trees: false),
            _ => _bench.Only(what),
        });
        Outcome outcome = (await _bench.HoldfastAsync("--no-cache", "restore", "latest", "--target", _bench.Target)).ShouldEnd(exitCode);
        outcome.Errors.ShouldContain(word);
        RestoredFilesAreGood();
        (await _bench.ResticAsync("restic", "check", "--read-data")).ExitCode.ShouldNotBe(0);
        (await _bench.HoldfastAsync("--no-cache", "check", "--read-data")).ShouldEnd(exitCode);
    }

    [Theory]
    [InlineData("truncated")]
    [InlineData("missing")]
    [InlineData("missing index")]
    public async Task What_the_repository_lost_is_named(string damage)
    {
        await _bench.WithSnapshotAsync();
        string pack = damage == "missing index" ? _bench.Only("index") : _bench.Pack(trees: false);
        if (damage == "truncated")
        {
            File.WriteAllBytes(pack, File.ReadAllBytes(pack)[..^100_000]);
        }
        else
        {
            File.Delete(pack);
        }

        (await _bench.HoldfastAsync("--no-cache", "restore", "latest", "--target", _bench.Target)).ShouldFail(1);
        RestoredFilesAreGood();
        (await _bench.HoldfastAsync("--no-cache", "check", "--read-data")).ShouldEnd(1);

        if (damage == "missing index")
        {
            // Nothing is known to be there, so all is stored again.
            (await _bench.HoldfastAsync("--no-cache", "backup", _bench.Source)).ShouldEnd(0);
            (await _bench.HoldfastAsync("--no-cache", "restore", "latest:" + _bench.Source, "--target", _bench.Target)).ShouldEnd(0);
            TreeListing.Of(_bench.Target).ShouldBe(TreeListing.Of(_bench.Source));
        }
    }

    [Fact]
    public async Task A_lost_file_is_named_and_the_others_are_restored()
    {
        await _bench.WithSnapshotAsync();
        byte[] content = File.ReadAllBytes(_bench.Pack(trees: false));
        content[1000] ^= 1; // the first file's content comes first
        File.WriteAllBytes(_bench.Pack(trees: false), content);
        string before = "what was there";
        Directory.CreateDirectory(_bench.Target);
        File.WriteAllText(_bench.Target + "/first", before);

        Outcome outcome = (await _bench.HoldfastAsync("restore", "latest:" + _bench.Source, "--target", _bench.Target)).ShouldFail(1, "1 file is lost");
        outcome.Errors.ShouldContain("/first");
        outcome.Errors.ShouldNotContain("second");
        File.ReadAllText(_bench.Target + "/first").ShouldBe(before);
        File.ReadAllBytes(_bench.Target + "/folder/second").ShouldBe(File.ReadAllBytes(_bench.Source + "/folder/second"));
        Directory.GetFileSystemEntries(_bench.Target, ".*").ShouldBeEmpty();
    }

    [Fact]
    public async Task Foreign_files_are_passed_over()
    {
        await _bench.WithSnapshotAsync();
        foreach (string folder in (string[])["", "keys/", "locks/", "snapshots/", "index/", "data/", "data/00/"])
        {
            foreach (string name in (string[])["README", "x.tmp", new('z', 64), new string('a', 63), new string('a', 64) + "-tmp-1"])
            {
                File.WriteAllText($"{_bench.Repository}/{folder}{name}", "foreign");
            }
        }

        Directory.CreateDirectory($"{_bench.Repository}/snapshots/{new string('b', 64)}");
        (await _bench.HoldfastAsync("backup", _bench.Source)).ShouldEnd(0);
        (await _bench.HoldfastAsync("list")).ShouldEnd(0).Text.ShouldContain("2 snapshots");
        (await _bench.HoldfastAsync("check")).ShouldEnd(0);
        (await _bench.HoldfastAsync("restore", "latest:" + _bench.Source, "--target", _bench.Target)).ShouldEnd(0);
        TreeListing.Of(_bench.Target).ShouldBe(TreeListing.Of(_bench.Source));
    }

    [Fact]
    public async Task A_full_disk_ends_the_run_and_spoils_nothing()
    {
        using var mount = new MountPoint(_bench.Folder + "/small", "-t", "tmpfs", "-o", "size=8m", "none");
        _bench.Repository = _bench.Folder + "/small/repository";
        await _bench.WithSnapshotAsync();
        string big = _bench.Place("big", TortureTree.Random(30 << 20, 9));
        (await _bench.HoldfastAsync("backup", _bench.Source)).ShouldFail(1, "space", _bench.Repository);
        _bench.Files("snapshots").Length.ShouldBe(1);
        _bench.Files("locks").ShouldBeEmpty();
        Directory.GetFiles(_bench.Repository, "*-tmp-*", SearchOption.AllDirectories).ShouldBeEmpty();

        (await _bench.ResticAsync("restic", "check", "--read-data")).ShouldEnd(0);
        File.Delete(big);
        (await _bench.HoldfastAsync("backup", _bench.Source)).ShouldEnd(0);
        (await _bench.HoldfastAsync("restore", "latest:" + _bench.Source, "--target", _bench.Target)).ShouldEnd(0);
        TreeListing.Of(_bench.Target).ShouldBe(TreeListing.Of(_bench.Source));
    }

    [Fact]
    public async Task A_read_only_repository_can_be_listed_and_restored_without_a_lock()
    {
        await _bench.WithSnapshotAsync();
        using var mount = new MountPoint(_bench.Folder + "/view", "--bind", _bench.Repository);
        Command.Run("mount", "-o", "remount,bind,ro", _bench.Folder + "/view");
        _bench.Repository = _bench.Folder + "/view";
        (await _bench.HoldfastAsync("backup", _bench.Source)).ShouldFail(1, "ead-only");
        (await _bench.HoldfastAsync("restore", "latest", "--target", _bench.Target)).ShouldFail(1, "ead-only");
        (await _bench.HoldfastAsync("list", "--no-lock")).ShouldEnd(0);
        (await _bench.HoldfastAsync("restore", "--no-lock", "latest:" + _bench.Source, "--target", _bench.Target)).ShouldEnd(0);
        TreeListing.Of(_bench.Target).ShouldBe(TreeListing.Of(_bench.Source));
        (await _bench.HoldfastAsync("backup", "--no-lock", _bench.Source)).ShouldFail(1, "--no-lock");
        (await _bench.HoldfastAsync("backup", "--no-lock", "--dry-run", _bench.Source)).ShouldEnd(0);
    }

    private void RestoredFilesAreGood()
    {
        foreach (string name in (string[])["first", "folder/second"])
        {
            string restored = _bench.Target + _bench.Source + "/" + name;
            if (File.Exists(restored))
            {
                File.ReadAllBytes(restored).ShouldBe(File.ReadAllBytes(_bench.Source + "/" + name));
            }
        }
    }
}
