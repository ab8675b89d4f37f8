using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Holdfast.Linux;

/// <summary>
/// SHA-256 (FIPS 180-4) of several messages, three at a time. A message alone waits for each of its steps, so three take half as long again as one. Where the
/// processor has no SHA instructions (<see cref="Sha256Code"/>), messages are hashed one after another by libcrypto.
/// </summary>
public static unsafe class Sha256Lanes
{
    private const int Alignment = 16;

    private static readonly bool IsUsable = Sha256Code.IsSupported && AgreesWithLibrary();

    /// <summary>Hashes parts of a buffer, each by itself. Thread-safe.</summary>
    /// <param name="hashes">32 bytes for each part, in their order.</param>
    public static void Hash(ReadOnlySpan<byte> buffer, ReadOnlySpan<Range> parts, Span<byte> hashes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hashes.Length, parts.Length * SHA256.HashSizeInBytes);
        if (parts.Length > 1 && IsUsable)
        {
            HashInLanes(buffer, parts, hashes);
        }
        else
        {
            HashOneByOne(buffer, parts, hashes);
        }
    }

    private static void HashOneByOne(ReadOnlySpan<byte> buffer, ReadOnlySpan<Range> parts, Span<byte> hashes)
    {
        for (int i = 0; i < parts.Length; i++)
        {
            SHA256.HashData(buffer[parts[i]], hashes[(i * SHA256.HashSizeInBytes)..]);
        }
    }

    private static void HashInLanes(ReadOnlySpan<byte> buffer, ReadOnlySpan<Range> parts, Span<byte> hashes)
    {
        // The longest first: what comes last has no neighbours.
        var order = new int[parts.Length];
        var lengths = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            order[i] = i;
            lengths[i] = -parts[i].GetOffsetAndLength(buffer.Length).Length;
        }

        Array.Sort(lengths, order);
        byte* room = stackalloc byte[(Sha256Code.MostLanes * sizeof(Sha256Code.Lane)) + Alignment];
        var lanes = (Sha256Code.Lane*)(((nint)room + Alignment - 1) & -Alignment);
        byte* ends = stackalloc byte[Sha256Code.MostLanes * Message.EndRoom];
        Span<Message> messages = stackalloc Message[Sha256Code.MostLanes];
        for (int i = 0; i < messages.Length; i++)
        {
            messages[i] = new(ends + (i * Message.EndRoom));
        }

        fixed (byte* start = buffer)
        {
            int begun = 0;
            int active = 0;
            while (true)
            {
                for (; active < messages.Length && begun < order.Length; begun++, active++)
                {
                    (int offset, int length) = parts[order[begun]].GetOffsetAndLength(buffer.Length);
                    messages[active].Begin(order[begun], start + offset, length, ref lanes[active]);
                }

                if (active == 0)
                {
                    return;
                }

                nuint blocks = messages[0].Blocks;
                for (int i = 1; i < active; i++)
                {
                    blocks = nuint.Min(blocks, messages[i].Blocks);
                }

                Sha256Code.Run(lanes, active, blocks);
                for (int i = active - 1; i >= 0; i--)
                {
                    if (messages[i].IsDoneAfter(blocks, ref lanes[i]))
                    {
                        Write(lanes[i], hashes.Slice(messages[i].Number * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes));
                        active--;
                        (messages[i], messages[active]) = (messages[active], messages[i]);
                        lanes[i] = lanes[active];
                    }
                }
            }
        }
    }

    private static void Write(in Sha256Code.Lane lane, Span<byte> hash)
    {
        for (int i = 0; i < Sha256Code.Order.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(hash[(i * sizeof(uint))..], lane.State[Sha256Code.Order[i]]);
        }
    }

    /// <summary>What an emulated processor makes of the instructions is compared once with what the library says.</summary>
    private static bool AgreesWithLibrary()
    {
        byte[] buffer = [.. Enumerable.Range(0, 1000).Select(i => (byte)(i * i / 7 % 256))];
        Range[] parts = [0..100, 100..400, 400..];
        var ours = new byte[parts.Length * SHA256.HashSizeInBytes];
        var theirs = new byte[ours.Length];
        HashInLanes(buffer, parts, ours);
        HashOneByOne(buffer, parts, theirs);
        return ours.AsSpan().SequenceEqual(theirs);
    }

    /// <summary>A message under way: its whole blocks, then one or two with its last bytes and the padding.</summary>
    private struct Message(byte* end)
    {
        internal const int EndRoom = 2 * Sha256Code.Block;

        private nuint _blocksOfEnd;

        internal int Number { get; private set; }

        /// <summary>How many blocks the lane has before it, one behind another.</summary>
        internal nuint Blocks { get; private set; }

        internal void Begin(int number, byte* start, int length, ref Sha256Code.Lane lane)
        {
            Number = number;
            int rest = length % Sha256Code.Block;
            int padded = rest + 1 + sizeof(ulong) <= Sha256Code.Block ? Sha256Code.Block : 2 * Sha256Code.Block;
            var room = new Span<byte>(end, padded);
            room.Clear();
            new ReadOnlySpan<byte>(start + (length - rest), rest).CopyTo(room);
            room[rest] = 0x80;
            BinaryPrimitives.WriteUInt64BigEndian(room[^sizeof(ulong)..], (ulong)length * 8);
            Sha256Code.Begin(ref lane);
            lane.Next = start;
            Blocks = (nuint)(length / Sha256Code.Block);
            _blocksOfEnd = (nuint)(padded / Sha256Code.Block);
            TurnToEnd(ref lane);
        }

        /// <summary>So many blocks were hashed; returns whether those were the last.</summary>
        internal bool IsDoneAfter(nuint blocks, ref Sha256Code.Lane lane)
        {
            Blocks -= blocks;
            TurnToEnd(ref lane);
            return Blocks == 0;
        }

        private void TurnToEnd(ref Sha256Code.Lane lane)
        {
            if (Blocks == 0 && _blocksOfEnd > 0)
            {
                (Blocks, _blocksOfEnd) = (_blocksOfEnd, 0);
                lane.Next = end;
            }
        }
    }
}
