using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source.Tests;

/// <summary>Runs that must fail.</summary>
internal static class Refusals
{
    /// <summary>The run fails with a message that has this in it, and leaves no snapshot.</summary>
    internal static async Task ShouldBeAsync(SourceBench bench, ISource source, string message)
    {
        int before = await bench.CountSnapshotsAsync();
        BackupException failure = await Should.ThrowAsync<BackupException>(() => bench.CaptureAsync(source));
        failure.Kind.ShouldBe(BackupErrorKind.Source);
        failure.Message.ShouldContain(message);
        (await bench.CountSnapshotsAsync()).ShouldBe(before);
    }
}
