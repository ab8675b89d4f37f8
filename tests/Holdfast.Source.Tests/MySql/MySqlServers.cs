using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

/// <summary>Two servers for all tests of MySQL, one to capture and one to load into. The tests take turns.</summary>
public sealed class MySqlServers : IAsyncLifetime
{
    private MariaDb? _source, _target;

    internal MariaDb Source => _source!;

    internal MariaDb Target => _target!;

    public async ValueTask InitializeAsync()
    {
        Task<MariaDb> source = MariaDb.StartAsync();
        _target = await MariaDb.StartAsync(hasBinaryLog: false);
        _source = await source;
    }

    /// <summary>Takes from both what a test made.</summary>
    internal async ValueTask ResetAsync()
    {
        await Source.ResetAsync();
        await Target.ResetAsync();
    }

    /// <summary>Nothing temporary is left where it was loaded.</summary>
    internal async Task NothingBesideAsync() => (await Target.RunAsync("SHOW DATABASES LIKE '%holdfast%'")).ShouldBeEmpty();

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await Target.DisposeAsync();
    }
}
