namespace Holdfast.Archiver.Tests;

public sealed class WorkStackTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task Every_job_runs_once_and_all_workers_go_home(int workers)
    {
        int seed = Environment.TickCount;
        TestContext.Current.SendDiagnosticMessage("seed {0}", seed);
        for (int round = 0; round < 20; round++)
        {
            var random = new Random(seed + round);
            int ran = 0;
            int made = 1;
            var stack = new WorkStack(workers);
            var again = new Lock();
            stack.Push(new Counted());
            await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(async () =>
            {
                while (await stack.TakeAsync() is not null)
                {
                    Interlocked.Increment(ref ran);
                    int more;
                    lock (again)
                    {
                        more = made < 500 ? random.Next(4) : 0;
                        made += more;
                    }

                    for (int i = 0; i < more; i++)
                    {
                        stack.Push(new Counted());
                    }

                    if (ran % 3 == 0)
                    {
                        await Task.Yield();
                    }
                }
            }, TestContext.Current.CancellationToken))).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            ran.ShouldBe(made, $"seed {seed + round}");
            stack.SomebodyIsIdle.ShouldBeFalse();
        }
    }

    [Fact]
    public async Task The_last_job_pushed_is_the_first_taken()
    {
        var stack = new WorkStack(2);
        Counted[] jobs = [new(), new(), new()];
        Array.ForEach(jobs, stack.Push);
        (await stack.TakeAsync()).ShouldBe(jobs[2]);
        (await stack.TakeAsync()).ShouldBe(jobs[1]);
    }

    [Fact]
    public async Task Given_up_work_is_let_go_of_and_so_is_work_that_comes_later()
    {
        var stack = new WorkStack(2);
        Counted[] jobs = [new(), new(), new()];
        stack.Push(jobs[0]);
        stack.Push(jobs[1]);
        stack.End();
        stack.Push(jobs[2]);
        jobs.ShouldAllBe(j => j.Abandoned == 1);
        (await stack.TakeAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Who_waits_is_woken_when_work_is_given_up()
    {
        var stack = new WorkStack(2);
        ValueTask<Job?> waiting = stack.TakeAsync();
        waiting.IsCompleted.ShouldBeFalse();
        stack.SomebodyIsIdle.ShouldBeTrue();
        stack.End();
        (await waiting).ShouldBeNull();
    }

    private sealed class Counted : Job
    {
        internal int Abandoned { get; private set; }

        internal override ValueTask RunAsync(Worker worker) => default;

        internal override void Abandon() => Abandoned++;
    }
}
