namespace Holdfast.DataSet;

/// <summary>An endless stream of one kind of bytes. What it yields depends on its seed and on the lengths asked for.</summary>
internal interface IContent
{
    /// <summary>Fills the whole span with the bytes that follow.</summary>
    void Fill(Span<byte> destination);
}
