using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

[assembly: AssemblyFixture(typeof(SampleRepository))]

namespace Holdfast.Cli.Tests.Harness;

/// <summary>
/// Two snapshots of one folder, made once for all tests that only look; and an empty repository. Making a repository or
/// opening one takes half a second, so tests share what they can.
/// </summary>
public sealed class SampleRepository : IAsyncLifetime
{
    public Sandbox Box { get; } = new();

    public string Source => Box.At("source");

    /// <summary>Whole ids, older first.</summary>
    public string First { get; private set; } = string.Empty;

    public string Second { get; private set; } = string.Empty;

    public async ValueTask InitializeAsync()
    {
        (await Box.RunAsync("/bin/sh", ["-c", """
            set -e
            mkdir -p source/sub/deep
            cd source
            seq 1 2000 > numbers.txt
            printf pem > sub/key.pem
            printf 'upper' > sub/deep/UPPER.TXT
            printf odd > "$(printf 'sub/odd\377\nname')"
            printf smile > 'smile 😀'
            ln -s numbers.txt link
            ln numbers.txt hard
            mkfifo fifo
            truncate -s 20M zeros
            head -c 3000000 /dev/urandom > random
            mkdir "$(printf 'l%.0s' $(seq 90))"
            printf long > "$(printf 'l%.0s' $(seq 90))/$(printf 'm%.0s' $(seq 200))"
            chmod 4755 numbers.txt
            chmod 1777 sub
            touch -d '1969-12-31 23:59:58.5 UTC' sub/key.pem
            setfattr -n user.note -v 0x00ff0a3d78 random 2>/dev/null || true
            """])).ShouldSucceed();
        (await Box.HoldfastAsync("empty", "init")).ShouldSucceed();
        (await Box.HoldfastAsync("repo", "init")).ShouldSucceed();
        First = Id(await Box.HoldfastAsync("repo", "backup", "source", "--tag", "one,two", "--exclude", "*.none", "--host", "alpha", "--json"));
        (await Box.RunAsync("/bin/sh", ["-c", """
            cd source && echo more >> numbers.txt && rm sub/key.pem && chmod 600 zeros && printf new > new && rm link && mkdir link
            """])).ShouldSucceed();
        Second = Id(await Box.HoldfastAsync("repo", "backup", "source", "--host", "beta", "--json"));
    }

    public ValueTask DisposeAsync()
    {
        Box.Dispose();
        return ValueTask.CompletedTask;
    }

    public Task<Outcome> HoldfastAsync(params string[] arguments) => Box.HoldfastAsync("repo", arguments);

    public Task<Outcome> ResticAsync(params string[] arguments) => Box.ResticAsync("repo", arguments);

    /// <summary>A copy of the repository to change or damage.</summary>
    public Task<Sandbox> CopyAsync() => Box.CopyAsync("repo");

    private static string Id(Outcome backup) =>
        backup.ShouldSucceed().JsonLines.Select(l => (string?)(l as JsonObject)?["snapshot_id"]).Last(i => i is not null)!;
}
