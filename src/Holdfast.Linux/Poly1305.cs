using Microsoft.Win32.SafeHandles;

namespace Holdfast.Linux;

/// <summary>The Poly1305 one-time authenticator (RFC 8439, section 2.5). One thread at a time.</summary>
public sealed unsafe class Poly1305 : SafeHandleZeroOrMinusOneIsInvalid
{
    public const int KeyLength = 32;
    public const int TagLength = 16;

    private static readonly Lazy<nint> Algorithm = LibCrypto.Algorithm(() => LibCrypto.FetchMac(0, "POLY1305", 0));

    /// <exception cref="NativeLibraryMissingException"/>
    public Poly1305()
        : base(ownsHandle: true) => SetHandle(LibCrypto.NewMacContext(Algorithm.Value));

    /// <summary>Writes the 16-byte tag of <paramref name="message"/>.</summary>
    /// <param name="key">32 bytes, r and s, never used for a second message.</param>
    public void Compute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> tag)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyLength);
        ArgumentOutOfRangeException.ThrowIfNotEqual(tag.Length, TagLength);
        fixed (byte* k = key, m = message, t = tag)
        {
            nuint written;
            LibCrypto.Require(LibCrypto.MacInit(handle, k, KeyLength, 0), "EVP_MAC_init");
            LibCrypto.Require(LibCrypto.MacUpdate(handle, m, (nuint)message.Length), "EVP_MAC_update");
            LibCrypto.Require(LibCrypto.MacFinal(handle, t, &written, TagLength), "EVP_MAC_final");
        }
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.FreeMacContext(handle);
        return true;
    }
}
