using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Holdfast.Linux;

/// <summary>
/// Up to three lanes of scrypt at once: scryptROMix of RFC 7914. A lane alone waits for each of its steps, so three take little longer than one. They share
/// the memory of one: of the values that a lane makes and comes back to, it keeps one of as many as there are lanes, and makes the others anew from those.
/// </summary>
/// <remarks>
/// The words of each 64 bytes are kept in the order of the diagonals of Salsa20's square, so that a quarter-round of four words at once is a handful of
/// instructions; the first and the last step put them there and back.
/// </remarks>
internal static unsafe class ScryptLanes
{
    internal const int Most = 3;

    private const int Words = 16;
    private const int BuffersOfLane = 4;

    /// <summary>Bytes of memory that lanes work in, aligned to 64: a block for each of the values, rounded up for each lane, their buffers and one of zeros.</summary>
    internal static nuint Room(int r, int n) => 128 * (nuint)r * ((nuint)n + Most - 1 + (Most * BuffersOfLane) + 1);

    /// <param name="blocks">128·r bytes of each lane, replaced.</param>
    /// <param name="count">How many lanes, of 1 to <see cref="Most"/>.</param>
    /// <param name="n">A power of two.</param>
    internal static void Mix(Span<byte> blocks, int count, int n, uint* memory)
    {
        int length = blocks.Length / count / sizeof(uint);
        uint* zeros = memory;
        new Span<uint>(zeros, length).Clear();
        Lane* lanes = stackalloc Lane[Most];
        uint* room = zeros + length;
        for (int i = 0; i < Most; i++)
        {
            lanes[i] = new(room, length, zeros);
            room += BuffersOfLane * length;
        }

        int kept = (n + count - 1) / count;
        for (int i = 0; i < count; i++, room += (nuint)kept * (nuint)length)
        {
            lanes[i].Kept = room;
            lanes[i].Steps = n;
            Read(blocks.Slice(i * length * sizeof(uint), length * sizeof(uint)), room);
        }

        Fill(lanes, count, n, length);
        while ((lanes[0].Steps | lanes[1].Steps | lanes[2].Steps) != 0)
        {
            for (int i = 0; i < Most; i++)
            {
                lanes[i].Next(count, n, length);
            }

            MixBlocks(lanes, length);
        }

        for (int i = 0; i < count; i++)
        {
            Write(lanes[i].X, blocks.Slice(i * length * sizeof(uint), length * sizeof(uint)));
        }
    }

    /// <summary>The first pass: makes all the values, and keeps some.</summary>
    private static void Fill(Lane* lanes, int count, int n, int length)
    {
        for (int i = 0; i < count; i++)
        {
            lanes[i].Output = lanes[i].Kept;
        }

        for (int value = 1; value <= n; value++)
        {
            bool keep = value % count == 0 && value < n;
            nuint place = (nuint)(value / count) * (nuint)length;
            for (int i = 0; i < count; i++)
            {
                ref Lane lane = ref lanes[i];
                lane.Input = lane.Output;
                lane.Output = keep ? lane.Kept + place : lane.Flip();
            }

            MixBlocks(lanes, length);
        }
    }

    private static void Read(ReadOnlySpan<byte> block, uint* words)
    {
        for (int word = 0; word < block.Length / sizeof(uint); word++)
        {
            words[word] = BinaryPrimitives.ReadUInt32LittleEndian(block[(sizeof(uint) * Place(word))..]);
        }
    }

    private static void Write(uint* words, Span<byte> block)
    {
        for (int word = 0; word < block.Length / sizeof(uint); word++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(block[(sizeof(uint) * Place(word))..], words[word]);
        }
    }

    /// <summary>Where the word at a place of ours is in the standard's order.</summary>
    private static int Place(int word) => (word & ~(Words - 1)) | (word * 5 % Words);

    /// <summary>scryptBlockMix of the exclusive or of both inputs of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // compiled for this processor, and never in advance for any
    private static void MixBlocks(Lane* lanes, int length)
    {
        int last = length - Words;
        LaneWords a = LaneWords.Load(lanes, last), b = LaneWords.Load(lanes, last + 4), c = LaneWords.Load(lanes, last + 8), d = LaneWords.Load(lanes, last + 12);

        // Even results go to the first half, odd ones to the second.
        for (int from = 0; from < length; from += Words)
        {
            a ^= LaneWords.Load(lanes, from);
            b ^= LaneWords.Load(lanes, from + 4);
            c ^= LaneWords.Load(lanes, from + 8);
            d ^= LaneWords.Load(lanes, from + 12);
            LaneWords a0 = a, b0 = b, c0 = c, d0 = d;
            for (int round = 0; round < 8; round += 2)
            {
                b ^= (a + d).RotateLeft(7);
                c ^= (b + a).RotateLeft(9);
                d ^= (c + b).RotateLeft(13);
                a ^= (d + c).RotateLeft(18);
                b = b.Shuffle(Vector128.Create(3u, 0, 1, 2));
                c = c.Shuffle(Vector128.Create(2u, 3, 0, 1));
                d = d.Shuffle(Vector128.Create(1u, 2, 3, 0));
                d ^= (a + b).RotateLeft(7);
                c ^= (d + a).RotateLeft(9);
                b ^= (c + d).RotateLeft(13);
                a ^= (b + c).RotateLeft(18);
                b = b.Shuffle(Vector128.Create(1u, 2, 3, 0));
                c = c.Shuffle(Vector128.Create(2u, 3, 0, 1));
                d = d.Shuffle(Vector128.Create(3u, 0, 1, 2));
            }

            a += a0;
            b += b0;
            c += c0;
            d += d0;
            int to = (from / Words & 1) == 0 ? from / 2 : (last + from) / 2;
            a.Store(lanes, to);
            b.Store(lanes, to + 4);
            c.Store(lanes, to + 8);
            d.Store(lanes, to + 12);
        }
    }

    /// <summary>One lane: what it mixes next, and where it is in its second pass. One that is not used, or done, mixes zeros.</summary>
    internal struct Lane
    {
        private readonly uint* _zeros;
        private uint* _other; // where X is when Flip makes it anew
        private uint* _scratch;
        private uint* _otherScratch;
        private uint* _value; // what X is mixed with next, or what that is made from; null if to be chosen
        private int _behind; // how many steps it is from there to that

        internal Lane(uint* buffers, int length, uint* zeros)
        {
            _zeros = zeros;
            X = buffers;
            _other = buffers + length;
            _scratch = _other + length;
            _otherScratch = _scratch + length;
            Input = Input2 = zeros;
            Output = _scratch;
        }

        /// <summary>What is mixed next is the exclusive or of two.</summary>
        internal uint* Input { get; set; }

        internal uint* Input2 { get; private set; }

        internal uint* Output { get; set; }

        /// <summary>Every so many-th value of the first pass, from the first on.</summary>
        internal uint* Kept { get; set; }

        /// <summary>The newest value.</summary>
        internal uint* X { get; private set; }

        /// <summary>How many steps of the second pass are left.</summary>
        internal int Steps { get; set; }

        /// <summary>Where the next value may be made: not where this one is.</summary>
        internal uint* Flip()
        {
            uint* to = _other;
            _other = X;
            X = to;
            return to;
        }

        /// <summary>Sets up a step of the second pass, or one on the way to what it needs; when all are done, one that changes nothing.</summary>
        internal void Next(int count, int n, int length)
        {
            if (Steps == 0)
            {
                Input = Input2 = _zeros;
                Output = _scratch;
                return;
            }

            if (_value is null)
            {
                int chosen = (int)(X[length - Words] & ((uint)n - 1));
                _value = Kept + ((nuint)(chosen / count) * (nuint)length);
                _behind = chosen % count;
            }

            if (_behind > 0)
            {
                _behind--;
                Input = _value;
                Input2 = _zeros;
                Output = _value = _scratch;
                _scratch = _otherScratch;
                _otherScratch = _value;
                return;
            }

            Input = X;
            Input2 = _value;
            Output = Flip();
            _value = null;
            Steps--;
        }
    }
}
