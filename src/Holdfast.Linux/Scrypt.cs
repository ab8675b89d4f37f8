namespace Holdfast.Linux;

/// <summary>The memory-hard key derivation of RFC 7914.</summary>
public static unsafe class Scrypt
{
    /// <summary>Derives a key from a password. Takes 128·N·r bytes of memory while it runs.</summary>
    /// <param name="n">Cost, a power of two above 1.</param>
    /// <param name="maxMemory">Refuse parameters that need more memory than this, in bytes.</param>
    /// <exception cref="ArgumentException">The parameters are not valid for scrypt or need too much memory.</exception>
    public static void Derive(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, long n, int r, int p, long maxMemory, Span<byte> key)
    {
        LibCrypto.Load();
        if (n < 2 || r < 1 || p < 1)
        {
            throw Refusal(n, r, p, maxMemory);
        }

        fixed (byte* pw = password, s = salt, k = key)
        {
            // An empty span has a null address, which OpenSSL takes for "no password given".
            byte nothing = 0;
            int result = LibCrypto.Scrypt(
                pw is null ? &nothing : pw, (nuint)password.Length, s is null ? &nothing : s, (nuint)salt.Length,
                (ulong)n, (ulong)r, (ulong)p, (ulong)maxMemory, k, (nuint)key.Length);
            if (result != 1)
            {
                throw Refusal(n, r, p, maxMemory);
            }
        }
    }

    private static ArgumentException Refusal(long n, int r, int p, long maxMemory) =>
        new($"scrypt cannot work with N={n} r={r} p={p} in {maxMemory >> 20} MiB");
}
