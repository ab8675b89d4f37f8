using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Numerics;

namespace Holdfast.DataSet;

/// <summary>Text made of templates; compresses three to five times, as prose, sources, logs and dumps do.</summary>
internal sealed class TemplateText : IContent
{
    private const int Identifiers = 32;
    private const int LongestPiece = 64;

    private static readonly SearchValues<byte> s_gaps = SearchValues.Create("~$#%@^"u8);

    private readonly RepeatableRandom _random;
    private readonly byte[][] _templates;
    private readonly int _templateBits;
    private readonly byte[][] _identifiers = new byte[Identifiers][];
    private readonly byte[] _piece = new byte[LongestPiece];
    private DateTime _time = new(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private long _sequence = 1;

    public TemplateText(RepeatableRandom random, byte[][] templates)
    {
        _random = random;
        _templates = templates;
        _templateBits = BitOperations.Log2((uint)templates.Length) + 1;
        for (int i = 0; i < Identifiers; i++)
            _identifiers[i] = [.. Vocabulary.Word(random), .. Vocabulary.Word(random)];
    }

    public void Fill(Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            ReadOnlySpan<byte> template = _templates[_random.Skewed(_templateBits) % _templates.Length];
            while (template.Length > 0 && destination.Length > 0)
            {
                int gap = template.IndexOfAny(s_gaps);
                ReadOnlySpan<byte> literal = gap < 0 ? template : template[..gap];
                destination = Append(destination, literal);
                if (gap >= 0)
                    destination = Append(destination, Piece(template[gap]));
                template = gap < 0 ? [] : template[(gap + 1)..];
            }
        }
    }

    private static Span<byte> Append(Span<byte> destination, ReadOnlySpan<byte> piece)
    {
        if (piece.Length > destination.Length)
            piece = piece[..destination.Length];
        piece.CopyTo(destination);
        return destination[piece.Length..];
    }

    private ReadOnlySpan<byte> Piece(byte gap) => gap switch
    {
        (byte)'~' => Vocabulary.Word(_random),
        (byte)'$' => _identifiers[_random.Skewed(5)],
        (byte)'#' => Number(_random.Skewed(14)),
        (byte)'%' => Number(_sequence++),
        (byte)'@' => Time(),
        (byte)'^' => Hexadecimal(),
        _ => throw new ArgumentOutOfRangeException(nameof(gap)),
    };

    private ReadOnlySpan<byte> Number(long number)
    {
        Utf8Formatter.TryFormat(number, _piece, out int length);
        return _piece.AsSpan(0, length);
    }

    private ReadOnlySpan<byte> Time()
    {
        _time = _time.AddSeconds(_random.Below(4));
        _time.TryFormat(_piece, out int length, "s", CultureInfo.InvariantCulture);
        return _piece.AsSpan(0, length);
    }

    private ReadOnlySpan<byte> Hexadecimal()
    {
        Utf8Formatter.TryFormat(_random.Next(), _piece, out int length, new StandardFormat('x', 16));
        return _piece.AsSpan(0, length);
    }
}
