namespace Holdfast.Interop.Tests;

/// <summary>Either tool reads, checks and restores what the other wrote, and goes on where the other stopped.</summary>
public sealed class ResticTests : IDisposable
{
    private readonly Bench _bench = new();

    public static TheoryData<string> Restics => [.. Bench.Restics];

    public static TheoryData<string, string> Versions => [.. Bench.Restics.SelectMany(r => (string[])["1", "2"], (r, v) => (r, v))];

    public void Dispose() => _bench.Dispose();

    [Theory]
    [MemberData(nameof(Restics))]
    public async Task Restic_checks_and_restores_what_holdfast_wrote_and_adds_nothing_to_it(string restic)
    {
        TortureTree.Make(_bench.Source);
        (await _bench.HoldfastAsync("init")).ShouldEnd(0);
        (await _bench.HoldfastAsync("backup", _bench.Source)).ShouldEnd(0);

        (await _bench.ResticAsync(restic, "check", "--read-data")).ShouldEnd(0);
        (await _bench.ResticAsync(restic, "restore", "latest", "--target", _bench.Target)).ShouldEnd(0);
        Comparable(_bench.Target + _bench.Source).ShouldBe(Comparable(_bench.Source));

        Outcome onTop = (await _bench.ResticAsync(restic, "backup", "--json", _bench.Source)).ShouldEnd(0);
        onTop.Number("data_added").ShouldBeLessThan(64 << 10);
        onTop.Number("files_new").ShouldBe(0);
        (await _bench.HoldfastAsync("backup", "--json", _bench.Source)).ShouldEnd(0).Number("data_added").ShouldBeLessThan(64 << 10);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Holdfast_restores_what_restic_wrote_and_adds_nothing_to_it(string restic, string version)
    {
        TortureTree.Make(_bench.Source);
        (await _bench.ResticAsync(restic, "init", "--repository-version", version)).ShouldEnd(0);
        (await _bench.ResticAsync(restic, "backup", _bench.Source)).ShouldEnd(0);

        (await _bench.HoldfastAsync("list")).ShouldEnd(0).Text.ShouldContain("1 snapshot");
        (await _bench.HoldfastAsync("restore", "latest:" + _bench.Source, "--target", _bench.Target, "--verify")).ShouldEnd(0);
        TreeListing.Of(_bench.Target).ShouldBe(TreeListing.Of(_bench.Source));

        Outcome onTop = (await _bench.HoldfastAsync("backup", "--json", _bench.Source)).ShouldEnd(0);
        (onTop.Number("files_new"), onTop.Number("files_changed"), onTop.Number("data_blobs")).ShouldBe((0, 0, 0));
        onTop.Number("data_added").ShouldBeLessThan(64 << 10);
        (await _bench.ResticAsync(restic, "check", "--read-data")).ShouldEnd(0);
    }

    [Theory]
    [MemberData(nameof(Restics))]
    public async Task Both_back_up_into_one_repository_at_the_same_time(string restic)
    {
        for (int i = 0; i < 20; i++)
        {
            _bench.Place($"{i}/file", TortureTree.Random(500_000, i));
        }

        (await _bench.HoldfastAsync("init")).ShouldEnd(0);
        Outcome[] both = await Task.WhenAll(_bench.HoldfastAsync("backup", _bench.Source), _bench.ResticAsync(restic, "backup", _bench.Source));
        both.ShouldAllBe(o => o.ExitCode == 0);
        (await _bench.ResticAsync(restic, "check", "--read-data")).ShouldEnd(0);
        (await _bench.HoldfastAsync("list")).ShouldEnd(0).Text.ShouldContain("2 snapshots");
        _bench.Files("locks").ShouldBeEmpty();
    }

    /// <summary>Without what stock restic does not bring back: which names are one file.</summary>
    private static string[] Comparable(string folder) => [.. TreeListing.Of(folder).Select(l => l[..(l.LastIndexOf(']') + 1)])];
}
