using Holdfast.Protocol;

namespace Holdfast.Plan.Tests;

public sealed class KnownItemsTests
{
    [Theory]
    [InlineData("numbers", null)]
    [InlineData("/.holdfast/commands/numbers", null)]
    [InlineData("/.holdfast", null)]
    [InlineData("command seq", null)]
    [InlineData("earlier", null)]
    [InlineData("missed", null)]
    [InlineData("FILE", "did you mean {0}/file?")]
    [InlineData("numbesr", "did you mean numbers?")]
    [InlineData("something else", "it has missed, /.holdfast/commands/numbers, numbers, / and {0}/file")]
    public async Task A_name_is_one_that_the_next_run_may_miss(string name, string? suggestion)
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        File.WriteAllText(bench.Folder + "/file", "x");
        PlanEntry plan = bench.Plan("shop", "files: [file]", "command: { name: numbers, run: [seq, '1', '1000'] }");
        await bench.RunAsync(plan);
        var note = new InventoryNote { Host = "host", Plan = "shop", Time = default, Acknowledged = ["earlier"], Gone = [new("stream", "missed", "command x", null)] };
        KnownItems known = await KnownItems.FindAsync(await bench.Repository.LoadIndexAsync(null, PlanBench.Cancellation), note, PlanBench.Cancellation);

        known.FindTrouble(name).ShouldBe(
            suggestion is null ? null : $"the last snapshot of plan shop on host has nothing called {name}; {string.Format(null, suggestion, bench.Folder)}");
    }

    [Fact]
    public async Task A_path_that_was_not_there_cannot_be_missed()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        File.WriteAllText(bench.Folder + "/file", "x");
        await bench.RunAsync(bench.Plan("shop", "files: [file, later]"));
        KnownItems known = await KnownItems.FindAsync(
            await bench.Repository.LoadIndexAsync(null, PlanBench.Cancellation), await bench.Remembered.FindAsync("host", "shop", PlanBench.Cancellation), PlanBench.Cancellation);
        known.FindTrouble(bench.Folder + "/file").ShouldBeNull();
        known.FindTrouble(bench.Folder + "/later").ShouldNotBeNull().ShouldStartWith($"the last snapshot of plan shop on host has nothing called {bench.Folder}/later; ");
    }

    [Fact]
    public async Task Of_many_names_a_few_are_said()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        string[] commands = [.. Enumerable.Range(1, 4).Select(i => $"command: {{ name: numbers{i}, run: [seq, '9'] }}")];
        await bench.RunAsync(bench.Plan("shop", commands));
        KnownItems known = await KnownItems.FindAsync(
            await bench.Repository.LoadIndexAsync(null, PlanBench.Cancellation), await bench.Remembered.FindAsync("host", "shop", PlanBench.Cancellation), PlanBench.Cancellation);
        known.FindTrouble("number")!.ShouldEndWith(
            "did you mean /.holdfast/commands/numbers1, numbers1, /.holdfast/commands/numbers2, numbers2, /.holdfast/commands/numbers3 and 3 more?");
    }
}
