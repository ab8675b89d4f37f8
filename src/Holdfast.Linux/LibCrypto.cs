using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <summary>OpenSSL 3's libcrypto: the primitives .NET does not offer itself.</summary>
internal static unsafe partial class LibCrypto
{
    private const string Library = "libcrypto.so.3";

    private const string Packages = "libssl3 (Debian, Ubuntu) or openssl-libs (RHEL 9)";

    private static readonly Lazy<nint> FirstCall = NativeLibraryMissingException.Guard(Library, Packages, static () => (nint)VersionMajor());

    [LibraryImport(Library, EntryPoint = "OPENSSL_version_major")]
    internal static partial uint VersionMajor();

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_fetch", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint FetchCipher(nint context, string name, nint properties);

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_new")]
    internal static partial nint NewCipherContext();

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_free")]
    internal static partial void FreeCipherContext(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_set_padding")]
    internal static partial int SetPadding(nint context, int padding);

    [LibraryImport(Library, EntryPoint = "EVP_EncryptInit_ex2")]
    internal static partial int EncryptInit(nint context, nint cipher, byte* key, byte* iv, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_EncryptUpdate")]
    internal static partial int EncryptUpdate(nint context, byte* target, int* written, byte* source, int length);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_fetch", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint FetchMac(nint context, string name, nint properties);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_CTX_new")]
    internal static partial nint NewMacContext(nint mac);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_CTX_free")]
    internal static partial void FreeMacContext(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_init")]
    internal static partial int MacInit(nint context, byte* key, nuint length, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_update")]
    internal static partial int MacUpdate(nint context, byte* data, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_final")]
    internal static partial int MacFinal(nint context, byte* target, nuint* written, nuint capacity);

    [LibraryImport(Library, EntryPoint = "PKCS5_PBKDF2_HMAC")]
    private static partial int Pbkdf2(byte* password, int passwordLength, byte* salt, int saltLength, int iterations, nint digest, int keyLength, byte* key);

    [LibraryImport(Library, EntryPoint = "EVP_sha256")]
    private static partial nint Sha256();

    /// <summary>PBKDF2 with HMAC-SHA-256 and one iteration, as scrypt uses it.</summary>
    internal static void Pbkdf2(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, Span<byte> key)
    {
        fixed (byte* pw = password, s = salt, k = key)
        {
            // An empty span has a null address, which OpenSSL takes for "no password given".
            byte nothing = 0;
            Require(Pbkdf2(pw is null ? &nothing : pw, password.Length, s is null ? &nothing : s, salt.Length, 1, Sha256(), key.Length, k), "PKCS5_PBKDF2_HMAC");
        }
    }

    /// <summary>Fails early, in words, where the library is missing.</summary>
    internal static void Load() => _ = FirstCall.Value;

    /// <summary>An algorithm, looked up when it is first needed: such a look-up takes longer than many a use.</summary>
    internal static Lazy<nint> Algorithm(Func<nint> fetch) => NativeLibraryMissingException.Guard(Library, Packages, fetch);

    internal static void Require(int result, string call)
    {
        if (result != 1)
        {
            throw new InvalidOperationException($"libcrypto: {call} failed");
        }
    }
}
