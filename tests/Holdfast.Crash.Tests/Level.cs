using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Linux;
using Holdfast.Repository.Tests;

namespace Holdfast.Crash.Tests;

/// <summary>Where calls are counted and go wrong: those to a backend, or those of the local backend to the kernel.</summary>
internal abstract class Level : IDisposable
{
    internal static Level Of(bool kernel) => kernel ? new OfKernel() : new OfBackend();

    /// <summary>What can go wrong here.</summary>
    internal abstract IReadOnlyList<Fault> Faults { get; }

    /// <summary>Bytes of a file without which some calls would not be made; 0 where all are.</summary>
    internal virtual int LargeFile => 0;

    /// <summary>A backend that holds the image, and fails at the point.</summary>
    internal abstract Task<IBackend> BeginAsync(RepositoryImage image, FaultPoint point);

    /// <summary>What is there now.</summary>
    internal abstract Task<RepositoryImage> LookAsync();

    /// <summary>What is there after the operation: nothing goes wrong any more.</summary>
    internal virtual Task<RepositoryImage> EndAsync() => LookAsync();

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

        internal override Task<RepositoryImage> LookAsync() => RepositoryImage.OfAsync(_memory);

        public override void Dispose()
        {
        }
    }

    /// <summary>Calls of the local backend to the kernel; one at a time in a process.</summary>
    internal sealed class OfKernel : Level
    {
        /// <summary>For tests that must not run beside one another: there is one kernel.</summary>
        internal const string Collection = "calls to the kernel";

        private readonly TempFolder _scratch = new(Directory.Exists("/dev/shm") ? "/dev/shm" : null);

        private string Repository => _scratch["repository"];

        internal override IReadOnlyList<Fault> Faults => Enum.GetValues<Fault>();

        /// <summary>A pack that grows is written in pieces of an eighth of the pack's size; this one needs two.</summary>
        internal override int LargeFile => TestRepository.SmallestPack / 6;

        /// <summary>From now on, the calls that change files are counted.</summary>
        internal static void Arm(FaultPoint point) => Kernel.Script = _ => point.Next() switch
        {
            null => KernelFault.None,
            Fault.Torn => KernelFault.Torn,
            Fault.ReplyLost or Fault.KilledAfterwards => KernelFault.ReplyLost,
            _ => KernelFault.Fails,
        };

        internal override Task<IBackend> BeginAsync(RepositoryImage image, FaultPoint point)
        {
            if (Directory.Exists(Repository))
            {
                Directory.Delete(Repository, recursive: true);
            }

            image.WriteTo(Repository);
            Arm(point);
            return Task.FromResult<IBackend>(new LocalBackend(Repository));
        }

        internal override Task<RepositoryImage> LookAsync() => RepositoryImage.OfAsync(new LocalBackend(Repository));

        internal override Task<RepositoryImage> EndAsync()
        {
            Kernel.Script = null;
            return LookAsync();
        }

        public override void Dispose()
        {
            Kernel.Script = null;
            _scratch.Dispose();
        }
    }
}
