using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <summary>
/// Writes the handful of x86-64 instructions that <see cref="Sha256Code"/> consists of, as Intel's manual encodes them (volume 2). Registers are xmm0 to xmm7;
/// what lies in memory lies at a distance from one of three general registers.
/// </summary>
internal sealed class Sha256Assembler
{
    private readonly List<byte> _code = [];

    /// <summary>Registers that hold an address, by their number in the encoding. The last two come with the call, in this order; so does <c>rdx</c>.</summary>
    internal enum Base : byte
    {
        Rax = 0,
        Rdi = 7,
        Rsi = 6,
    }

    /// <summary>How many bytes were written so far: where the next instruction begins.</summary>
    internal int Position => _code.Count;

    internal ReadOnlySpan<byte> Code => CollectionsMarshal.AsSpan(_code);

    internal void Load(int target, Base address, int distance) => Memory([0x66, 0x0F, 0x6F], target, address, distance);

    internal void LoadUnaligned(int target, Base address, int distance) => Memory([0xF3, 0x0F, 0x6F], target, address, distance);

    internal void Store(Base address, int distance, int source) => Memory([0x66, 0x0F, 0x7F], source, address, distance);

    internal void Copy(int target, int source) => Registers([0x66, 0x0F, 0x6F], target, source);

    /// <summary>Adds four words.</summary>
    internal void Add(int target, Base address, int distance) => Memory([0x66, 0x0F, 0xFE], target, address, distance);

    internal void Add(int target, int source) => Registers([0x66, 0x0F, 0xFE], target, source);

    /// <summary>pshufb: puts bytes in the order that is in memory.</summary>
    internal void OrderBytes(int target, Base address, int distance) => Memory([0x66, 0x0F, 0x38, 0x00], target, address, distance);

    /// <summary>pshufd: puts the four words of a register in another order, two bits for each, the lowest first.</summary>
    internal void OrderWords(int target, byte order)
    {
        Registers([0x66, 0x0F, 0x70], target, target);
        _code.Add(order);
    }

    /// <summary>palignr: of the four words in memory and the four of the register behind them, the second to the fifth.</summary>
    internal void SkipWord(int target, Base address, int distance)
    {
        Memory([0x66, 0x0F, 0x3A, 0x0F], target, address, distance);
        _code.Add(4);
    }

    /// <summary>Two rounds, with the sums of words and constants in the lower half of xmm0.</summary>
    internal void TwoRounds(int target, int source) => Registers([0x0F, 0x38, 0xCB], target, source);

    internal void Schedule1(int target, Base address, int distance) => Memory([0x0F, 0x38, 0xCC], target, address, distance);

    internal void Schedule2(int target, Base address, int distance) => Memory([0x0F, 0x38, 0xCD], target, address, distance);

    /// <summary>rax becomes the 64 bits in memory.</summary>
    internal void LoadAddress(Base address, int distance) => Memory([0x48, 0x8B], 0, address, distance);

    /// <summary>Adds to the 64 bits in memory.</summary>
    internal void Advance(Base address, int distance, byte by)
    {
        Memory([0x48, 0x83], 0, address, distance);
        _code.Add(by);
    }

    /// <summary>Counts rdx down by one, and goes back until it is zero.</summary>
    internal void CountDown(int to)
    {
        _code.AddRange([0x48, 0x83, 0xEA, 0x01, 0x0F, 0x85]);
        Append(to - (Position + sizeof(int)));
    }

    /// <summary>
    /// vzeroupper. Where wider instructions left something in the upper parts of the registers, each one here would wait for the one before that
    /// wrote to the same register, to keep those parts.
    /// </summary>
    internal void ClearUpperParts() => _code.AddRange([0xC5, 0xF8, 0x77]);

    internal void Return() => _code.Add(0xC3);

    private void Memory(ReadOnlySpan<byte> operation, int register, Base address, int distance)
    {
        _code.AddRange(operation);
        _code.Add((byte)(0x80 | (register << 3) | (byte)address));
        Append(distance);
    }

    private void Registers(ReadOnlySpan<byte> operation, int target, int source)
    {
        _code.AddRange(operation);
        _code.Add((byte)(0xC0 | (target << 3) | source));
    }

    private void Append(int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        _code.AddRange(bytes);
    }
}
