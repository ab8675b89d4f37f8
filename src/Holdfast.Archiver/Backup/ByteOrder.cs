namespace Holdfast.Archiver;

/// <summary>The order of names in a tree.</summary>
internal sealed class ByteOrder : IComparer<byte[]>
{
    internal static readonly ByteOrder Instance = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}
