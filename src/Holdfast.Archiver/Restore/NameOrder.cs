namespace Holdfast.Archiver;

/// <summary>Byte order, in which names are sorted in trees and listings.</summary>
internal sealed class NameOrder : IComparer<byte[]>
{
    internal static readonly NameOrder Instance = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}
