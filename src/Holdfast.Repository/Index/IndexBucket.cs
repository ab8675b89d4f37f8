using System.Runtime.InteropServices;

namespace Holdfast.Repository;

/// <summary>The entries whose hashes begin alike: the number of the first, and the sum of all.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct IndexBucket(uint Start, uint Sum)
{
    internal const int Size = 8;
}
