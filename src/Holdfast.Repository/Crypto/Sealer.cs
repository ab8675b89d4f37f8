using System.Security.Cryptography;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// Encrypts and authenticates: AES-256-CTR, then Poly1305-AES over the ciphertext. A sealed message is a 16-byte IV, the
/// ciphertext and a 16-byte code. Holds native contexts; one thread at a time.
/// </summary>
internal sealed class Sealer : IDisposable
{
    internal const int IvLength = 16;

    /// <summary>What sealing adds, in bytes.</summary>
    internal const int Overhead = IvLength + Poly1305.TagLength;

    private readonly BlockCipher _counter;
    private readonly BlockCipher _nonceCipher;
    private readonly Poly1305 _poly = new();
    private readonly MasterKey _key;

    /// <summary>Random bytes for the IVs to come: to ask for many at once costs little more than to ask for one.</summary>
    private readonly byte[] _random = new byte[128 * IvLength];
    private int _used;

    internal Sealer(MasterKey key)
    {
        _key = key;
        _used = _random.Length;
        _counter = BlockCipher.CounterMode(key.Encrypt);
        _nonceCipher = BlockCipher.SingleBlocks(key.MacK);
    }

    /// <summary>
    /// Seals in place: the plaintext lies <see cref="IvLength"/> bytes into <paramref name="message"/>, which is
    /// <see cref="Overhead"/> bytes longer than it.
    /// </summary>
    internal void SealInPlace(Span<byte> message)
    {
        Span<byte> iv = message[..IvLength];
        Span<byte> text = message[IvLength..^Poly1305.TagLength];
        MakeIv(iv);
        _counter.Transform(iv, text, text);
        Authenticate(iv, text, message[^Poly1305.TagLength..]);
    }

    internal byte[] Seal(ReadOnlySpan<byte> plaintext)
    {
        var message = new byte[plaintext.Length + Overhead];
        plaintext.CopyTo(message.AsSpan(IvLength));
        SealInPlace(message);
        return message;
    }

    /// <summary>Opens in place; the plaintext then lies <see cref="IvLength"/> bytes into the message. False where it is not authentic.</summary>
    internal bool TryOpenInPlace(Span<byte> message)
    {
        if (message.Length < Overhead)
        {
            return false;
        }

        Span<byte> iv = message[..IvLength];
        Span<byte> text = message[IvLength..^Poly1305.TagLength];
        Span<byte> tag = stackalloc byte[Poly1305.TagLength];
        Authenticate(iv, text, tag);
        if (!CryptographicOperations.FixedTimeEquals(tag, message[^Poly1305.TagLength..]))
        {
            return false;
        }

        _counter.Transform(iv, text, text);
        return true;
    }

    public void Dispose()
    {
        _counter.Dispose();
        _nonceCipher.Dispose();
        _poly.Dispose();
    }

    private void MakeIv(Span<byte> iv)
    {
        if (_used == _random.Length)
        {
            RandomNumberGenerator.Fill(_random);
            _used = 0;
        }

        _random.AsSpan(_used, IvLength).CopyTo(iv);
        _used += IvLength;
    }

    private void Authenticate(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> ciphertext, Span<byte> tag)
    {
        // Poly1305-AES: the one-time key is r, then the IV encrypted with k.
        Span<byte> oneTimeKey = stackalloc byte[Poly1305.KeyLength];
        _key.MacR.CopyTo(oneTimeKey);
        _nonceCipher.Transform([], iv, oneTimeKey[MasterKey.MacPartLength..]);
        _poly.Compute(oneTimeKey, ciphertext, tag);
    }
}
