using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Linux;

namespace Holdfast.Crash.Tests;

/// <summary>Where calls are counted and go wrong: those to a backend, or those of the local backend to the kernel.</summary>
internal abstract class Level : IDisposable
{
    /// <summary>What can go wrong here.</summary>
    internal abstract IReadOnlyList<Fault> Faults { get; }

    /// <summary>A backend that holds the image, and fails at the point.</summary>
    internal abstract Task<IBackend> BeginAsync(RepositoryImage image, FaultPoint point);

    /// <summary>What is there after the operation.</summary>
    internal abstract Task<RepositoryImage> EndAsync();

    public abstract void Dispose();

    /// <summary>Calls to a backend.</summary>
    internal sealed class OfBackend : Level
    {
        private MemoryBackend _memory = new();

        internal override IReadOnlyList<Fault> Faults => [Fault.Fails, Fault.ReplyLost, Fault.Killed, Fault.KilledAfterwards];

        internal override async Task<IBackend> BeginAsync(RepositoryImage image, FaultPoint point)
        {
            _memory = await image.InMemoryAsync();
            return new PointedBackend(_memory, point);
        }

        internal override Task<RepositoryImage> EndAsync() => RepositoryImage.OfAsync(_memory);

        public override void Dispose()
        {
        }
    }

    /// <summary>Calls of the local backend to the kernel; one at a time in a process.</summary>
    internal sealed class OfKernel : Level
    {
        private TempFolder? _folder;

        internal override IReadOnlyList<Fault> Faults => Enum.GetValues<Fault>();

        internal override Task<IBackend> BeginAsync(RepositoryImage image, FaultPoint point)
        {
            _folder?.Dispose();
            _folder = new(Directory.Exists("/dev/shm") ? "/dev/shm" : null);
            image.WriteTo(_folder.Path);
            Kernel.Script = _ => point.Next() switch
            {
                null => KernelFault.None,
                Fault.Torn => KernelFault.Torn,
                Fault.ReplyLost or Fault.KilledAfterwards => KernelFault.ReplyLost,
                _ => KernelFault.Fails,
            };
            return Task.FromResult<IBackend>(new LocalBackend(_folder.Path));
        }

        internal override Task<RepositoryImage> EndAsync()
        {
            Kernel.Script = null;
            return RepositoryImage.OfAsync(new LocalBackend(_folder!.Path));
        }

        public override void Dispose()
        {
            Kernel.Script = null;
            _folder?.Dispose();
        }
    }
}
