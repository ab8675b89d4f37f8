namespace Holdfast.DataSet;

/// <summary>What does not compress: pictures, archives, encrypted files.</summary>
internal sealed class Noise(RepeatableRandom random) : IContent
{
    public void Fill(Span<byte> destination) => random.Fill(destination);
}
