using System.Security.Cryptography;

namespace Holdfast.Repository;

/// <summary>
/// The keys that encrypt and authenticate a repository: restic's design document, "Keys, Encryption and MAC".
/// Immutable and thread-safe.
/// </summary>
public sealed class MasterKey
{
    internal const int EncryptLength = 32;
    internal const int MacPartLength = 16;
    internal const int Length = EncryptLength + (2 * MacPartLength);

    /// <summary>The bits of r that Poly1305 wants cleared (RFC 8439, section 2.5).</summary>
    private static ReadOnlySpan<byte> ClampMask =>
        [0xFF, 0xFF, 0xFF, 0x0F, 0xFC, 0xFF, 0xFF, 0x0F, 0xFC, 0xFF, 0xFF, 0x0F, 0xFC, 0xFF, 0xFF, 0x0F];

    private readonly byte[] _bytes;

    private MasterKey(byte[] bytes) => _bytes = bytes;

    internal ReadOnlySpan<byte> Encrypt => _bytes.AsSpan(0, EncryptLength);

    internal ReadOnlySpan<byte> MacK => _bytes.AsSpan(EncryptLength, MacPartLength);

    internal ReadOnlySpan<byte> MacR => _bytes.AsSpan(EncryptLength + MacPartLength, MacPartLength);

    internal static MasterKey Random() => FromBytes(RandomNumberGenerator.GetBytes(Length));

    /// <summary>64 bytes: encryption key, then k, then r, the order in which restic takes them from scrypt's output.</summary>
    internal static MasterKey FromBytes(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Length);
        byte[] copy = bytes.ToArray();
        for (int i = 0; i < MacPartLength; i++)
        {
            copy[EncryptLength + MacPartLength + i] &= ClampMask[i];
        }

        return new(copy);
    }

    /// <summary>Whether any part is all zero, which no honest key is.</summary>
    internal bool IsBlank =>
        !Encrypt.ContainsAnyExcept((byte)0) || !MacK.ContainsAnyExcept((byte)0) || !MacR.ContainsAnyExcept((byte)0);
}
