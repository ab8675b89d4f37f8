using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using static Holdfast.Linux.Sha256Assembler;

namespace Holdfast.Linux;

/// <summary>
/// SHA-256's compression function for one to three messages at once, by the processor's SHA instructions. .NET 10 does not offer these, so the program is put
/// together when it is first needed. Source: FIPS 180-4, sections 4.1.2, 4.2.2, 5.3.3 and 6.2.2; Intel's manual, volume 2, SHA256RNDS2, SHA256MSG1, SHA256MSG2.
/// </summary>
internal static unsafe class Sha256Code
{
    internal const int MostLanes = 3;

    /// <summary>Bytes of a block.</summary>
    internal const int Block = 64;

    /// <summary>What the program knows of a message.</summary>
    [StructLayout(LayoutKind.Explicit, Size = Size)]
    internal struct Lane
    {
        /// <summary>A multiple of sixteen, for what lies one behind another to be aligned.</summary>
        internal const int Size = 144;

        internal const int BeforeAt = 32;
        internal const int WordsAt = 64;
        internal const int NextAt = 128;

        /// <summary>The eight words of the hash, in the order of the instructions.</summary>
        [FieldOffset(0)]
        internal fixed uint State[8];

        /// <summary>The block to begin with; moved behind those that were done.</summary>
        [FieldOffset(NextAt)]
        internal byte* Next;
    }

    private const int Quarter = 16; // bytes of a register: four words, of which a block has four times as many
    private const int RoundConstants = 64 * sizeof(uint);

    private static readonly uint[] FirstHash = [.. Primes.Take(8).Select(prime => RootFraction(prime, 2))];

    private static byte* _constants;

    private static readonly delegate* unmanaged<Lane*, byte*, nuint, void>[] Programs = Make();

    private static IEnumerable<int> Primes => Enumerable.Range(2, 310).Where(n => Enumerable.Range(2, n - 2).All(d => n % d != 0));

    /// <summary>False where the processor does not have the instructions, or the kernel gives no memory for a program.</summary>
    internal static bool IsSupported => Programs.Length > 0;

    /// <summary>Where in <see cref="Lane.State"/> each of the standard's eight words is, from a to h.</summary>
    internal static ReadOnlySpan<byte> Order => [3, 2, 7, 6, 1, 0, 5, 4];

    /// <summary>Gives a lane the words that a message's hash begins with.</summary>
    internal static void Begin(ref Lane lane)
    {
        for (int i = 0; i < FirstHash.Length; i++)
        {
            lane.State[Order[i]] = FirstHash[i];
        }
    }

    /// <summary>Puts so many blocks of each message into its hash.</summary>
    /// <param name="lanes">Aligned to sixteen bytes.</param>
    /// <param name="count">How many lanes, of 1 to <see cref="MostLanes"/>.</param>
    /// <param name="blocks">At least 1.</param>
    internal static void Run(Lane* lanes, int count, nuint blocks) => Programs[count - 1](lanes, _constants, blocks);

    private static delegate* unmanaged<Lane*, byte*, nuint, void>[] Make()
    {
        const int sha = 1 << 29; // CPUID leaf 7, EBX
        if (!X86Base.X64.IsSupported || !Sse41.IsSupported || X86Base.CpuId(0, 0).Eax < 7 || (X86Base.CpuId(7, 0).Ebx & sha) == 0)
        {
            return [];
        }

        var assembler = new Sha256Assembler();
        int[] starts = [.. Enumerable.Range(1, MostLanes).Select(lanes => Write(assembler, lanes))];
        ReadOnlySpan<byte> constants = Constants();
        byte* memory = Pages.Program([.. constants, .. assembler.Code]);
        if (memory is null)
        {
            return [];
        }

        _constants = memory;
        var programs = new delegate* unmanaged<Lane*, byte*, nuint, void>[MostLanes];
        for (int i = 0; i < MostLanes; i++)
        {
            programs[i] = (delegate* unmanaged<Lane*, byte*, nuint, void>)(memory + constants.Length + starts[i]);
        }

        return programs;
    }

    /// <summary>The constants of the 64 rounds, and the order of bytes that makes words of a message's big-endian ones.</summary>
    private static ReadOnlySpan<byte> Constants()
    {
        uint[] rounds = [.. Primes.Select(prime => RootFraction(prime, 3))];
        byte[] order = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];
        return (byte[])[.. MemoryMarshal.AsBytes<uint>(rounds), .. order];
    }

    /// <summary>The first 32 bits of what a prime's square or cube root has behind the point.</summary>
    private static uint RootFraction(int prime, int degree)
    {
        UInt128 power = (UInt128)prime << (32 * degree);
        UInt128 root = 0;
        for (UInt128 bit = (UInt128)1 << 36; bit > 0; bit >>= 1)
        {
            UInt128 next = root | bit;
            root = next * next * (degree == 3 ? next : 1) <= power ? next : root;
        }

        return (uint)(root & uint.MaxValue);
    }

    /// <summary>Writes the program for so many lanes, to be called with their address, that of the constants, and the number of blocks; returns where it begins.</summary>
    private static int Write(Sha256Assembler code, int lanes)
    {
        int start = code.Position;
        if (Avx.IsSupported)
        {
            code.ClearUpperParts();
        }

        ForEach(lane =>
        {
            code.Load(Upper(lane), Base.Rdi, lane * Lane.Size);
            code.Load(Lower(lane), Base.Rdi, (lane * Lane.Size) + Quarter);
        });
        int block = code.Position;
        ForEach(lane => BeginBlock(code, lane));
        for (int round = 0; round < 64; round += 4)
        {
            // The lanes in turns: while one waits for its two rounds, the processor begins those of the others.
            ForEach(lane => FourRounds(code, lane, round));
        }

        ForEach(lane =>
        {
            code.Add(Upper(lane), Base.Rdi, (lane * Lane.Size) + Lane.BeforeAt);
            code.Add(Lower(lane), Base.Rdi, (lane * Lane.Size) + Lane.BeforeAt + Quarter);
        });
        code.CountDown(block);
        ForEach(lane =>
        {
            code.Store(Base.Rdi, lane * Lane.Size, Upper(lane));
            code.Store(Base.Rdi, (lane * Lane.Size) + Quarter, Lower(lane));
        });
        code.Return();
        return start;

        void ForEach(Action<int> write)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                write(lane);
            }
        }
    }

    /// <summary>The register with the words a, b, e and f of a lane.</summary>
    private static int Upper(int lane) => 1 + (2 * lane);

    /// <summary>The register with the words c, d, g and h of a lane.</summary>
    private static int Lower(int lane) => 2 + (2 * lane);

    private static void BeginBlock(Sha256Assembler code, int lane)
    {
        int at = lane * Lane.Size;
        code.Store(Base.Rdi, at + Lane.BeforeAt, Upper(lane));
        code.Store(Base.Rdi, at + Lane.BeforeAt + Quarter, Lower(lane));
        code.LoadAddress(Base.Rdi, at + Lane.NextAt);
        for (int part = 0; part < Block; part += Quarter)
        {
            code.LoadUnaligned(0, Base.Rax, part);
            code.OrderBytes(0, Base.Rsi, RoundConstants);
            code.Store(Base.Rdi, at + Lane.WordsAt + part, 0);
        }

        code.Advance(Base.Rdi, at + Lane.NextAt, Block);
    }

    private static void FourRounds(Sha256Assembler code, int lane, int round)
    {
        const int sum = 0;
        const int words = 7;
        code.Load(words, Base.Rdi, WordsOf(0));
        code.Copy(sum, words);
        code.Add(sum, Base.Rsi, round * sizeof(uint));
        code.TwoRounds(Lower(lane), Upper(lane));
        code.OrderWords(sum, 0b_00_00_11_10); // its upper half comes down
        code.TwoRounds(Upper(lane), Lower(lane));
        if (round >= 48)
        {
            return; // all words are made
        }

        // The four words sixteen rounds on: W(t) = s1(W(t-2)) + W(t-7) + s0(W(t-15)) + W(t-16).
        code.Schedule1(words, Base.Rdi, WordsOf(1));
        code.Load(sum, Base.Rdi, WordsOf(3));
        code.SkipWord(sum, Base.Rdi, WordsOf(2));
        code.Add(words, sum);
        code.Schedule2(words, Base.Rdi, WordsOf(3));
        code.Store(Base.Rdi, WordsOf(0), words);

        int WordsOf(int later) => (lane * Lane.Size) + Lane.WordsAt + (((round * sizeof(uint)) + (later * Quarter)) % Block);
    }
}
