namespace Holdfast.Crash.Tests;

/// <summary>Tests that make calls to the kernel fail do it for the whole process: whatever else used files at the same time would meet these faults.</summary>
[CollectionDefinition(Level.OfKernel.Collection, DisableParallelization = true)]
public sealed class KernelCollection;
