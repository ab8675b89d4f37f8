using System.Diagnostics;
using System.Text;

namespace Holdfast.Interop.Tests;

/// <summary>The program as people use it, and misuse it.</summary>
public sealed class UseTests : IDisposable
{
    private readonly Bench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Without_any_setting_the_first_backup_makes_a_repository_and_its_key()
    {
        string home = _bench.Folder + "/home";
        _bench.Place("file");
        Directory.CreateDirectory(home);
        Command.Run("chmod", "755", _bench.Folder);
        Command.Run("chown", "65534:65534", home);
        string[] user = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "env", "HOME=" + home, "XDG_STATE_HOME=" + home + "/state", "XDG_CACHE_HOME=" + home + "/cache", Bench.Program];

        Outcome first = (await Bench.EndAsync(_bench.Start("setpriv", [.. user, "backup", _bench.Source]))).ShouldEnd(0);
        string key = home + "/state/holdfast/repository.key";
        File.GetUnixFileMode(key).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string[] lines = first.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(2, first.Errors);
        lines[0].ShouldContain(home + "/state/holdfast/repository");
        lines[0].ShouldContain(key);

        Outcome second = (await Bench.EndAsync(_bench.Start("setpriv", [.. user, "backup", _bench.Source]))).ShouldEnd(0);
        second.Errors.ShouldBeEmpty();
        second.Text.ShouldContain("1 unmodified");
        (await Bench.EndAsync(_bench.Start("setpriv", [.. user, "list"]))).ShouldEnd(0).Text.ShouldContain("2 snapshots");
    }

    [Fact]
    public async Task What_an_ordinary_user_may_not_read_is_named_and_the_rest_is_stored()
    {
        string home = _bench.Folder + "/home";
        _bench.Place("file");
        _bench.Place("secret file");
        _bench.Place("secret folder/inside");
        Directory.CreateDirectory(home);
        Command.Run("chmod", "755", _bench.Folder);
        Command.Run("chown", "65534:65534", home);
        Command.Run("chmod", "0", _bench.Source + "/secret file", _bench.Source + "/secret folder");
        string[] user = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "env", "HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_CACHE_HOME=" + home, Bench.Program];

        Outcome outcome = (await Bench.EndAsync(_bench.Start("setpriv", [.. user, "backup", _bench.Source]))).ShouldEnd(3);
        outcome.Errors.ShouldContain(_bench.Source + "/secret file: ");
        outcome.Errors.ShouldContain(_bench.Source + "/secret folder: ");
        outcome.Text.ShouldContain("1 file,");
        (await Bench.EndAsync(_bench.Start("setpriv", [.. user, "backup", _bench.Source + "/secret folder"]))).ShouldFail(1, "nothing to back up");
        (await Bench.EndAsync(_bench.Start("setpriv", [.. user, "list"]))).ShouldEnd(0).Text.ShouldContain("1 snapshot");
    }

    [Fact]
    public async Task Ctrl_C_during_a_backup_leaves_no_lock_and_loses_nothing_stored()
    {
        (await _bench.HoldfastAsync("init")).ShouldEnd(0);
        byte[] content = TortureTree.Random(60 << 20, 3);
        Process process = _bench.Start(Bench.Program, ["-r", _bench.Repository, "-p", _bench.PasswordFile, "--pack-size", "4", "backup", "--stdin"]);
        await process.StandardInput.BaseStream.WriteAsync(content.AsMemory(0, 40 << 20), TestContext.Current.CancellationToken);
        while (_bench.Files("data").Length < 4)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Command.Run("kill", "-INT", process.Id.ToString());
        try
        {
            while (!process.HasExited)
            {
                // Its reads return, so that it can look up; and the input does not end, so that it cannot finish.
                await process.StandardInput.BaseStream.WriteAsync(new byte[1 << 16], TestContext.Current.CancellationToken);
            }
        }
        catch (IOException)
        {
            // It went away, as asked.
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        (await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldContain("holdfast: interrupted");
        process.ExitCode.ShouldBe(130);
        _bench.Files("locks").ShouldBeEmpty();
        _bench.Files("snapshots").ShouldBeEmpty();
        _bench.Files("index").ShouldNotBeEmpty();

        (await _bench.HoldfastAsync(content, "backup", "--json", "--stdin")).ShouldEnd(0).Number("data_added").ShouldBeLessThan(50 << 20);
        (await _bench.ResticAsync("restic", "check", "--read-data")).ShouldEnd(0);
    }

    [Fact]
    public async Task Ctrl_C_during_a_restore_leaves_no_temporary_files()
    {
        using (FileStream zeros = File.Create(_bench.Source + "/zeros"))
        {
            zeros.SetLength(400 << 20);
        }

        (await _bench.HoldfastAsync("init")).ShouldEnd(0);
        (await _bench.HoldfastAsync("backup", _bench.Source)).ShouldEnd(0);
        Process process = _bench.Start(Bench.Program, ["-r", _bench.Repository, "-p", _bench.PasswordFile, "restore", "latest:" + _bench.Source, "--target", _bench.Target]);
        while (!Directory.Exists(_bench.Target) || Directory.GetFiles(_bench.Target, ".*").Length == 0)
        {
            process.HasExited.ShouldBeFalse("it was done before it could be interrupted");
            await Task.Yield();
        }

        Command.Run("kill", "-INT", process.Id.ToString());
        (await Bench.EndAsync(process)).ShouldFail(130, "interrupted");
        Directory.GetFileSystemEntries(_bench.Target).ShouldBeEmpty();
        _bench.Files("locks").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("backup", "nothing to back up")]
    [InlineData("backup /no/such/path", "/no/such/path")]
    [InlineData("backup . --exclude [", "'['")]
    [InlineData("backup . --exclude-larger-than lots", "lots")]
    [InlineData("backup . --read-concurrency 0", "--read-concurrency")]
    [InlineData("backup . --time yesterday", "yesterday")]
    [InlineData("backup . --stdin", "--stdin")]
    [InlineData("backup . --no-such-option", "--no-such-option")]
    [InlineData("restore latest --target t --delte", "--delte")]
    [InlineData("backup . --parent 00000000", "00000000")]
    [InlineData("backup . --pack-size 1", "1 MiB")]
    [InlineData("backup . --exclude-file /no/such/file", "/no/such/file")]
    [InlineData("backup --files-from /no/such/file", "/no/such/file")]
    [InlineData("backup --files-from-raw empty-entry", "empty-entry")]
    [InlineData("restore latest", "--target")]
    [InlineData("restore 00000000 --target t", "00000000")]
    [InlineData("restore latest --target t --overwrite sometimes", "sometimes")]
    [InlineData("no-such-command", "no-such-command")]
    public async Task What_makes_no_sense_is_said_in_a_sentence_and_nothing_is_written(string line, string word)
    {
        (await _bench.HoldfastAsync("init")).ShouldEnd(0);
        _bench.Place("empty-entry", "a\0\0b\0");
        string before = Command.Run("find", _bench.Repository, _bench.Source, "-printf", "%p %s %T@\n");
        (await _bench.HoldfastAsync(line.Split(' '))).ShouldFail(1, word);
        string after = Command.Run("find", _bench.Repository, _bench.Source, "-printf", "%p %s %T@\n");
        Lines(after).ShouldBe(Lines(before));

        // A lock came and went.
        static string[] Lines(string text) => [.. text.Split('\n').Where(l => !l.Contains("/locks "))];
    }

    [Fact]
    public async Task Behind_two_dashes_and_behind_an_option_a_dash_is_no_option()
    {
        (await _bench.HoldfastAsync("init")).ShouldEnd(0);
        _bench.Place("--file");
        _bench.Place("-x/left out");
        (await _bench.HoldfastAsync("backup", "--exclude", "-x", "--exclude=--y", "--", "--file", ".")).ShouldEnd(0).Text.ShouldContain("1 new");
    }

    [Fact]
    public async Task A_missing_path_among_others_is_named_and_the_others_are_stored()
    {
        (await _bench.HoldfastAsync("init")).ShouldEnd(0);
        _bench.Place("file");
        Outcome outcome = (await _bench.HoldfastAsync("backup", "file", "missing")).ShouldEnd(3);
        outcome.Errors.ShouldContain(_bench.Source + "/missing");
        outcome.Text.ShouldContain("1 new");
    }

    [Fact]
    public async Task Paths_come_from_files_in_three_ways()
    {
        (await _bench.HoldfastAsync("init")).ShouldEnd(0);
        byte[] odd = [.. Encoding.UTF8.GetBytes(_bench.Source + "/odd\n"), 0xFF];
        foreach (string name in (string[])["a1", "a2", "b*", "b1", "#c", " d "])
        {
            _bench.Place(name);
        }

        using (Linux.DirectoryHandle source = Linux.DirectoryHandle.Open(_bench.Source))
        using (source.CreateFile([.. "odd\n"u8, 0xFF], 0x1A4))
        {
        }

        string list = _bench.Folder + "/list";
        File.WriteAllText(list, "# comment\n\na*\nb[*]\r\n");
        await StoresAsync(["--files-from", list], null, "a1", "a2", "b*");
        File.WriteAllText(list, "b*\n\n#c\n d \n");
        await StoresAsync(["--files-from-verbatim", list], null, " d ", "#c", "b*");
        await StoresAsync(["--files-from-raw", "-"], [.. odd, 0, .. "a1\0"u8], "a1", "odd\n\uDCFF");
        await StoresAsync(["--files-from", "-"], "b?\n"u8.ToArray(), "b*", "b1");
    }

    [Fact]
    public async Task Standard_input_is_stored_under_its_name()
    {
        (await _bench.HoldfastAsync("init")).ShouldEnd(0);
        byte[] content = TortureTree.Random(12 << 20, 4);
        (await _bench.HoldfastAsync(content, "backup", "--stdin", "--stdin-filename", "dumps/crm.sql")).ShouldEnd(0);
        (await _bench.ResticAsync("restic", "check", "--read-data")).ShouldEnd(0);
        (await _bench.HoldfastAsync("restore", "latest", "--target", _bench.Target)).ShouldEnd(0);
        File.ReadAllBytes(_bench.Target + "/dumps/crm.sql").ShouldBe(content);

        (await _bench.HoldfastAsync([], "backup", "--stdin")).ShouldEnd(0);
        (await _bench.HoldfastAsync("restore", "latest:/", "--target", _bench.Target)).ShouldEnd(0);
        new FileInfo(_bench.Target + "/stdin").Length.ShouldBe(0);
    }

    [Fact]
    public async Task An_empty_folder_is_stored()
    {
        (await _bench.HoldfastAsync("init")).ShouldEnd(0);
        (await _bench.HoldfastAsync("backup", ".")).ShouldEnd(0);
        (await _bench.HoldfastAsync("restore", "latest", "--target", _bench.Target)).ShouldEnd(0);
        Directory.Exists(_bench.Target + _bench.Source).ShouldBeTrue();
    }

    private async Task StoresAsync(string[] arguments, byte[]? input, params string[] names)
    {
        (await _bench.HoldfastAsync(input ?? [], ["backup", .. arguments])).ShouldEnd(0);
        Command.Run("rm", "-rf", _bench.Target);
        (await _bench.HoldfastAsync("restore", "latest:" + _bench.Source, "--target", _bench.Target)).ShouldEnd(0);
        using Linux.DirectoryHandle target = Linux.DirectoryHandle.Open(_bench.Target);
        target.ReadNames().Select(n => Linux.PathText.Decode(n)).ShouldBe(names);
    }
}
