namespace Holdfast.Backend.Tests;

public sealed class MemoryBackendTests : BackendConformance
{
    private protected override IBackend Make() => new MemoryBackend();
}
