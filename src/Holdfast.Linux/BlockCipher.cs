using Microsoft.Win32.SafeHandles;

namespace Holdfast.Linux;

/// <summary>AES with one key, prepared once: counter mode with 256 bits, or single blocks with 128. One thread at a time.</summary>
public sealed unsafe class BlockCipher : SafeHandleZeroOrMinusOneIsInvalid
{
    private const int BlockLength = 16;

    private static readonly Lazy<nint> Aes256Ctr = LibCrypto.Algorithm(() => LibCrypto.FetchCipher(0, "AES-256-CTR", 0));
    private static readonly Lazy<nint> Aes128Ecb = LibCrypto.Algorithm(() => LibCrypto.FetchCipher(0, "AES-128-ECB", 0));

    private readonly int _counterLength;

    private BlockCipher(nint cipher, int counterLength, ReadOnlySpan<byte> key)
        : base(ownsHandle: true)
    {
        _counterLength = counterLength;
        SetHandle(LibCrypto.NewCipherContext());
        fixed (byte* k = key)
        {
            LibCrypto.Require(LibCrypto.EncryptInit(handle, cipher, k, null, 0), "EVP_EncryptInit_ex2");
        }

        LibCrypto.Require(LibCrypto.SetPadding(handle, 0), "EVP_CIPHER_CTX_set_padding");
    }

    /// <param name="key">32 bytes.</param>
    /// <exception cref="NativeLibraryMissingException"/>
    public static BlockCipher CounterMode(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, 32);
        return new(Aes256Ctr.Value, BlockLength, key);
    }

    /// <param name="key">16 bytes.</param>
    /// <exception cref="NativeLibraryMissingException"/>
    public static BlockCipher SingleBlocks(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, 16);
        return new(Aes128Ecb.Value, 0, key);
    }

    /// <summary>
    /// Encrypts with an initial counter block of 16 bytes (none for single blocks). In counter mode this is decryption
    /// too. The target may be the source.
    /// </summary>
    public void Transform(ReadOnlySpan<byte> initialCounter, ReadOnlySpan<byte> source, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(initialCounter.Length, _counterLength);
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, source.Length);
        fixed (byte* iv = initialCounter, s = source, t = target)
        {
            int written;
            LibCrypto.Require(LibCrypto.EncryptInit(handle, 0, null, iv, 0), "EVP_EncryptInit_ex2");
            LibCrypto.Require(LibCrypto.EncryptUpdate(handle, t, &written, s, source.Length), "EVP_EncryptUpdate");
        }
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.FreeCipherContext(handle);
        return true;
    }
}
