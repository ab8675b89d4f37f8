using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <summary>The memory-hard key derivation of RFC 7914.</summary>
/// <remarks>
/// Ours and not OpenSSL's, because every command begins with it: four words at a time take half as long, and three lanes at a time (see
/// <see cref="ScryptLanes"/>) a third less again. They need no more memory than one lane does.
/// </remarks>
public static unsafe class Scrypt
{
    /// <summary>Derives a key from a password. Takes 128·r·(N + p + 15) bytes of memory while it runs.</summary>
    /// <param name="n">Cost, a power of two above 1.</param>
    /// <param name="r">Length of a block, in 128 bytes.</param>
    /// <param name="p">The number of lanes.</param>
    /// <param name="maxMemory">Refuse parameters that need more memory than this for N or for p, in bytes.</param>
    /// <exception cref="ArgumentException">The parameters are not valid for scrypt or need too much memory.</exception>
    public static void Derive(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, long n, int r, int p, long maxMemory, Span<byte> key)
    {
        LibCrypto.Load();
        if (n is < 2 or > int.MaxValue || (n & (n - 1)) != 0 || r < 1 || p < 1 || (long)r * p >= 1 << 24 || n > maxMemory / (128L * r) || p > maxMemory / (128L * r))
        {
            throw new ArgumentException($"scrypt cannot work with N={n} r={r} p={p} in {maxMemory >> 20} MiB");
        }

        var blocks = new byte[128 * r * p];
        LibCrypto.Pbkdf2(password, salt, blocks);
        nuint room = ScryptLanes.Room(r, (int)n);
        uint* memory = (uint*)NativeMemory.AlignedAlloc(room, 64);
        try
        {
            for (int lane = 0; lane < p; lane += ScryptLanes.Most)
            {
                int count = Math.Min(ScryptLanes.Most, p - lane);
                ScryptLanes.Mix(blocks.AsSpan(128 * r * lane, 128 * r * count), count, (int)n, memory);
            }

            LibCrypto.Pbkdf2(password, blocks, key);
        }
        finally
        {
            NativeMemory.Clear(memory, room);
            NativeMemory.AlignedFree(memory);
            blocks.AsSpan().Clear();
        }
    }
}
