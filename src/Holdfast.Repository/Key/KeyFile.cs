using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>A key file: the master key, sealed with what scrypt makes of a password. Design document, "Keys, Encryption and MAC".</summary>
internal static class KeyFile
{
    private const int SaltLength = 64;

    // 32 MiB of memory three times over, about 0.4 s: what OWASP asks of scrypt at this memory. restic's own calibration
    // ends within the same range, and its check refuses nothing of this.
    private const long N = 32_768;
    private const int R = 8;
    private const int P = 3;

    internal static byte[] Write(MasterKey master, string password, string user, string host, DateTimeOffset created)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltLength);
        var document = new MasterKeyDocument(new(master.MacK.ToArray(), master.MacR.ToArray()), master.Encrypt.ToArray());
        byte[] plain = JsonSerializer.SerializeToUtf8Bytes(document, RepositoryJson.Default.MasterKeyDocument);
        using var sealer = new Sealer(Derive(password, salt, N, R, P));
        var file = new KeyDocument(created, user, host, "scrypt", N, R, P, salt, sealer.Seal(plain));
        return JsonSerializer.SerializeToUtf8Bytes(file, RepositoryJson.Default.KeyDocument);
    }

    internal static KeyDocument Parse(ReadOnlySpan<byte> json, string name) =>
        RepositoryJson.Read(json, RepositoryJson.Default.KeyDocument, name);

    /// <summary>The master key, or null where the password is another one.</summary>
    /// <exception cref="BackupException">Kind Corrupt or Unsupported: the file itself is at fault.</exception>
    internal static MasterKey? TryOpen(KeyDocument file, string password, string name)
    {
        if (file.Kdf != "scrypt")
        {
            throw new BackupException(BackupErrorKind.Unsupported, $"{name} derives its key with {file.Kdf}; only scrypt is known");
        }

        if (file.Salt is not { Length: > 0 } || file.Data is null || file.Data.Length < Sealer.Overhead)
        {
            throw BackupException.Corrupt($"{name} is damaged: it lacks its salt or data");
        }

        MasterKey userKey;
        try
        {
            userKey = Derive(password, file.Salt, file.N, file.R, file.P);
        }
        catch (ArgumentException e)
        {
            throw BackupException.Corrupt($"{name} is damaged: {e.Message}", e);
        }

        using var sealer = new Sealer(userKey);
        byte[] message = [.. file.Data];
        return sealer.TryOpenInPlace(message) ? Unwrap(message.AsSpan()[Sealer.IvLength..^Poly1305.TagLength], name) : null;
    }

    private static MasterKey Unwrap(ReadOnlySpan<byte> plain, string name)
    {
        MasterKeyDocument document = RepositoryJson.Read(plain, RepositoryJson.Default.MasterKeyDocument, name);
        if (document is not { Encrypt.Length: MasterKey.EncryptLength, Mac.K.Length: MasterKey.MacPartLength, Mac.R.Length: MasterKey.MacPartLength })
        {
            throw BackupException.Corrupt($"{name} holds no valid master key");
        }

        MasterKey master = MasterKey.FromBytes([.. document.Encrypt, .. document.Mac.K, .. document.Mac.R]);
        return master.IsBlank ? throw BackupException.Corrupt($"{name} holds no valid master key") : master;
    }

    private static MasterKey Derive(string password, byte[] salt, long n, int r, int p)
    {
        if (n < 2 || r < 1 || p < 1 || (Int128)n * r * p * 128 > Limits.KeyDerivationWork)
        {
            throw new ArgumentException($"scrypt cannot work with N={n} r={r} p={p}");
        }

        Span<byte> derived = stackalloc byte[MasterKey.Length];
        Scrypt.Derive(Encoding.UTF8.GetBytes(password), salt, n, r, p, Limits.KeyDerivation, derived);
        return MasterKey.FromBytes(derived);
    }
}
