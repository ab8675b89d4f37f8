using System.Globalization;
using BenchmarkDotNet.Running;
using Holdfast.Bench;

if (args is ["blobs", { } folder, { } count])
{
    return await ManyBlobs.WriteAsync(folder, int.Parse(count, CultureInfo.InvariantCulture));
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
