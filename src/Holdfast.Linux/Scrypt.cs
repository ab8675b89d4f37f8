namespace Holdfast.Linux;

/// <summary>The memory-hard key derivation of RFC 7914.</summary>
/// <remarks>
/// Ours and not OpenSSL's, because every command begins with it: OpenSSL works on one lane after another, a word at a time. Here lanes
/// run side by side, as many as there are processors, and four words at a time.
/// </remarks>
public static unsafe class Scrypt
{
    /// <summary>Derives a key from a password. Takes 128·N·r bytes of memory for each processor, at most p times, while it runs.</summary>
    /// <param name="n">Cost, a power of two above 1.</param>
    /// <param name="r">Length of a block, in 128 bytes.</param>
    /// <param name="p">The number of lanes.</param>
    /// <param name="maxMemory">Refuse parameters that need more memory than this for one lane, in bytes, and take no more for all.</param>
    /// <exception cref="ArgumentException">The parameters are not valid for scrypt or need too much memory.</exception>
    public static void Derive(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, long n, int r, int p, long maxMemory, Span<byte> key)
    {
        LibCrypto.Load();
        if (n is < 2 or > int.MaxValue || (n & (n - 1)) != 0 || r < 1 || p < 1 || (long)r * p > 1 << 24 || n > maxMemory / (128L * r))
        {
            throw new ArgumentException($"scrypt cannot work with N={n} r={r} p={p} in {maxMemory >> 20} MiB");
        }

        long lane = 128L * r * n;
        var blocks = new byte[128 * r * p];
        LibCrypto.Pbkdf2(password, salt, blocks);
        int atOnce = (int)Math.Min(Math.Min(p, Environment.ProcessorCount), maxMemory / lane);
        Parallel.For(0, p, new() { MaxDegreeOfParallelism = atOnce }, i => ScryptLane.Mix(blocks.AsSpan(128 * r * i, 128 * r), (int)n));
        LibCrypto.Pbkdf2(password, blocks, key);
        blocks.AsSpan().Clear();
    }
}
