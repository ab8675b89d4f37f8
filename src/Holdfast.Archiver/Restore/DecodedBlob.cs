namespace Holdfast.Archiver;

/// <summary>A blob that was decoded, and where in its worker's memory.</summary>
internal readonly record struct DecodedBlob(BlobRequest Request, int Start, int Length)
{
    internal int End => Start + Length;

    internal Range Range => Start..End;

    /// <summary>Whether another comes right behind it, in the one file that wants each.</summary>
    internal bool IsFollowedBy(BlobRequest next) =>
        next.File == Request.File && next.Offset == Request.Offset + Length && Request.Next is null && next.Next is null;
}
