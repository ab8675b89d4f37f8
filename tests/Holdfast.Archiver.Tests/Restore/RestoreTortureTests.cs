using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver.Tests;

/// <summary>What stock restic backed up comes back as it was, to the last attribute.</summary>
public sealed class RestoreTortureTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Everything_a_Linux_file_is_comes_back()
    {
        TortureTree.Make(_scratch.Source);
        RestoreSummary summary = await RestoreAsync(new() { Verify = true });

        summary.Failures.ShouldBeEmpty();
        TreeListing.Of(_scratch.Target).ShouldBe(TreeListing.Of(_scratch.Source));
        summary.FilesVerified.ShouldBeGreaterThan(5);
    }

    [Fact]
    public async Task A_second_restore_writes_no_content_and_mends_metadata()
    {
        TortureTree.Make(_scratch.Source);
        await RestoreAsync(new());
        string[] wanted = TreeListing.Of(_scratch.Target);
        Command.Run("chmod", "777", _scratch.Target + "/plain");
        Command.Run("touch", _scratch.Target + "/plain", _scratch.Target + "/folder");
        Command.Run("setfattr", "-n", "user.stray", "-v", "1", _scratch.Target + "/plain");

        RestoreSummary summary = await RestoreAsync(new());

        summary.Failures.ShouldBeEmpty();
        summary.BytesRestored.ShouldBe(0);
        TreeListing.Of(_scratch.Target).ShouldBe(wanted);
    }

    [Fact]
    public async Task Sparse_restores_leave_holes_and_plain_ones_do_not()
    {
        TortureTree.Make(_scratch.Source);
        await RestoreAsync(new() { Sparse = true });
        Blocks("sparse").ShouldBeLessThan(512UL);
        TreeListing.Of(_scratch.Target).ShouldBe(TreeListing.Of(_scratch.Source));

        Command.Run("rm", "-rf", _scratch.Target);
        await RestoreAsync(new());
        Blocks("sparse").ShouldBeGreaterThan(16_000UL);
    }

    [Fact]
    public async Task An_inherited_acl_that_the_snapshot_lacks_is_taken_away()
    {
        TortureTree.Make(_scratch.Source);
        Directory.CreateDirectory(_scratch.Target);
        using (DirectoryHandle scratch = DirectoryHandle.Open(_scratch.Path))
        {
            scratch.SetAttribute("target"u8, new("system.posix_acl_default"u8.ToArray(), TortureTree.Acl()));
        }

        (await RestoreAsync(new())).Failures.ShouldBeEmpty();
        TreeListing.Of(_scratch.Target).ShouldBe(TreeListing.Of(_scratch.Source));
    }

    private async Task<RestoreSummary> RestoreAsync(RestoreOptions options)
    {
        string repository = _scratch.Path + "/repository";
        if (!Directory.Exists(repository))
        {
            Command.Run("restic", "--no-cache", "-r", repository, "init");
            Command.RunIn(_scratch.Source, "restic", "--no-cache", "-r", repository, "backup", ".");
        }

        await using OpenRepository open = await Repository.Repository.OpenAsync(
            new LocalBackend(repository), DraftRepository.Password, new(), default);
        IndexedRepository indexed = await open.LoadIndexAsync(null, default);
        StoredSnapshot snapshot = (await open.ListSnapshotsAsync(null, default))[^1];
        return await new Restorer(indexed, options, new()).RestoreAsync(snapshot.Snapshot.Tree!.Value, "/", _scratch.Target, default);
    }

    private ulong Blocks(string name)
    {
        using DirectoryHandle target = DirectoryHandle.Open(_scratch.Target);
        return target.Status(PathText.Encode(name)).Blocks;
    }
}
