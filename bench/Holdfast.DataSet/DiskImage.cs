namespace Holdfast.DataSet;

/// <summary>The disk of a virtual machine: runs of 4 kB to 2 MB, two fifths of them zeros, the rest of every kind.</summary>
internal sealed class DiskImage : IContent
{
    private const int Block = 4096;

    private readonly RepeatableRandom _random;
    private readonly IContent[] _kinds;
    private IContent? _run;
    private int _left;

    public DiskImage(RepeatableRandom random)
    {
        _random = random;
        _kinds = Array.ConvertAll(Enum.GetValues<ContentKind>(), kind => kind.Open(random));
    }

    public void Fill(Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            if (_left == 0)
                NextRun();

            Span<byte> part = destination[..Math.Min(_left, destination.Length)];
            if (_run is null)
                part.Clear();
            else
                _run.Fill(part);
            _left -= part.Length;
            destination = destination[part.Length..];
        }
    }

    private void NextRun()
    {
        _left = Block * (1 + _random.Skewed(9));
        int choice = _random.Below(10);
        _run = choice < 4 ? null : _kinds[choice - 4];
    }
}
