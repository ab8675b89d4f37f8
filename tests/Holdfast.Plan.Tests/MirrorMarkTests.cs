using Holdfast.Backend;
using Holdfast.Protocol;
using Holdfast.Source;

namespace Holdfast.Plan.Tests;

public sealed class MirrorMarkTests
{
    private static readonly MirrorEntry s_mirror = new("test", "shop") { Mysql = new("shop", "crm") { Socket = "/run/s" } };

    [Fact]
    public async Task What_was_there_before_a_mirror_is_replaced_only_where_somebody_says_so_and_that_is_remembered()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        MirrorMark mark = new(bench.Remembered, s_mirror, "host", mayReplace: false);
        await mark.RequireAsync(new Planned([]), PlanBench.Cancellation);
        BackupException refused = await Should.ThrowAsync<BackupException>(() => mark.RequireAsync(new Planned(["crm"]), PlanBench.Cancellation));
        (refused.Kind, refused.Message).ShouldBe((
            BackupErrorKind.Refused,
            "database crm is there already, and no run of this mirror is noted in this repository: it would be replaced, and may be in no snapshot; if it is to go, say `holdfast mirror test --replace` once"));

        MirrorMark said = new(bench.Remembered, s_mirror, "host", mayReplace: true);
        await said.RequireAsync(new Planned(["crm"]), PlanBench.Cancellation);
        await said.SetAsync(PlanBench.Cancellation);
        await mark.RequireAsync(new Planned(["crm"]), PlanBench.Cancellation);
        (await bench.Remembered.FindAsync("host", "shop", PlanBench.Cancellation)).Mirrored.ShouldBe(["mysql /run/s crm"]);

        // Another place is another database.
        MirrorMark moved = new(bench.Remembered, s_mirror with { Mysql = s_mirror.Mysql! with { Into = "live" } }, "host", mayReplace: false);
        await Should.ThrowAsync<BackupException>(() => moved.RequireAsync(new Planned(["live"]), PlanBench.Cancellation));
    }

    [Fact]
    public async Task A_mark_that_is_taken_back_protects_what_comes_there_later()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        MirrorMark mark = new(bench.Remembered, s_mirror, "host", mayReplace: false);
        (await mark.SetAsync(PlanBench.Cancellation)).ShouldBeTrue();
        (await mark.SetAsync(PlanBench.Cancellation)).ShouldBeFalse();
        await mark.RemoveAsync(PlanBench.Cancellation);
        await Should.ThrowAsync<BackupException>(() => mark.RequireAsync(new Planned(["crm"]), PlanBench.Cancellation));
    }

    [Fact]
    public async Task A_plan_that_runs_keeps_what_is_remembered_of_its_mirrors()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        await new MirrorMark(bench.Remembered, s_mirror, "host", mayReplace: false).SetAsync(PlanBench.Cancellation);
        await bench.Remembered.ChangeAsync("host", "shop", n => n with { Acknowledged = ["x"] }, PlanBench.Cancellation);
        await bench.RunAsync(bench.Plan("shop", "command: { name: a, run: [echo, a] }"));
        InventoryNote note = (await bench.Remembered.ListAsync(PlanBench.Cancellation)).Single();
        (note.Mirrored.Count, note.Acknowledged.Count).ShouldBe((1, 0));
    }

    /// <summary>What a restore would replace; tests of the program do it.</summary>
    private sealed record Planned(IReadOnlyList<string> Replaced) : IDatabaseRestorePlan
    {
        public IReadOnlyList<string> Notes => [];

        public IEnumerable<string> Describe() => [];

        public Task<DatabaseRestoreReport> ExecuteAsync(CancellationToken cancellation) => throw new NotSupportedException();
    }
}
