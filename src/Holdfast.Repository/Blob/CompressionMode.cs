namespace Holdfast.Repository;

/// <summary>How hard to compress; the names are restic's.</summary>
public enum CompressionMode
{
    Auto,
    Off,
    Fastest,
    Better,
    Max,
}
