using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Holdfast.Bench;

if (args is ["blobs", { } folder, { } count])
{
    return await ManyBlobs.WriteAsync(folder, int.Parse(count, CultureInfo.InvariantCulture));
}

// In this process: the project that BenchmarkDotNet would make for another sees only what this one names, not what that needs.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly)
    .Run(args, DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)));
return 0;
