using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Holdfast.Linux;

/// <summary>Four words of each lane of <see cref="ScryptLanes"/>.</summary>
internal readonly unsafe struct LaneWords
{
    private readonly Vector128<uint> _first, _second, _third;

    [MethodImpl(AggressiveInlining)]
    private LaneWords(Vector128<uint> first, Vector128<uint> second, Vector128<uint> third)
    {
        _first = first;
        _second = second;
        _third = third;
    }

    [MethodImpl(AggressiveInlining)]
    public static LaneWords operator +(LaneWords x, LaneWords y) => new(x._first + y._first, x._second + y._second, x._third + y._third);

    [MethodImpl(AggressiveInlining)]
    public static LaneWords operator ^(LaneWords x, LaneWords y) => new(x._first ^ y._first, x._second ^ y._second, x._third ^ y._third);

    /// <summary>The exclusive or of what both inputs of each lane have at a place.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static LaneWords Load(ScryptLanes.Lane* lanes, int at) => new(
        Vector128.LoadAligned(lanes[0].Input + at) ^ Vector128.LoadAligned(lanes[0].Input2 + at),
        Vector128.LoadAligned(lanes[1].Input + at) ^ Vector128.LoadAligned(lanes[1].Input2 + at),
        Vector128.LoadAligned(lanes[2].Input + at) ^ Vector128.LoadAligned(lanes[2].Input2 + at));

    [MethodImpl(AggressiveInlining)]
    internal void Store(ScryptLanes.Lane* lanes, int at)
    {
        _first.StoreAligned(lanes[0].Output + at);
        _second.StoreAligned(lanes[1].Output + at);
        _third.StoreAligned(lanes[2].Output + at);
    }

    [MethodImpl(AggressiveInlining)]
    internal LaneWords RotateLeft([ConstantExpected] byte bits) => new(Rotate(_first, bits), Rotate(_second, bits), Rotate(_third, bits));

    /// <summary>The words of each lane in another order.</summary>
    [MethodImpl(AggressiveInlining)]
    internal LaneWords Shuffle(Vector128<uint> order) =>
        new(Vector128.Shuffle(_first, order), Vector128.Shuffle(_second, order), Vector128.Shuffle(_third, order));

    [MethodImpl(AggressiveInlining)]
    private static Vector128<uint> Rotate(Vector128<uint> words, [ConstantExpected] byte bits) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.RotateLeft(words, bits) : (words << bits) | (words >>> (32 - bits));
}
