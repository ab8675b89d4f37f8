using System.Text;
using System.Text.Json;
using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Crash.Tests;

/// <summary>Key files that Holdfast and restic open at once: scrypt with parameters that nobody should use, because it is most of a short run's time.</summary>
internal static class CheapKey
{
    private const int N = 1024;

    /// <summary>Makes of an empty backend a repository that both can open.</summary>
    internal static async Task SaveAsync(OpenRepository its, MasterKey master, string password)
    {
        byte[] key = Write(master, password);
        await its.Backend.SaveAsync(new(FileType.Key, Hash256.Of(key).ToString()), key, TestContext.Current.CancellationToken);
        var config = new ConfigDocument(its.Config.Version, its.Config.Id, its.Config.Polynomial.ToString());
        using var sealer = new Sealer(master);
        byte[] message = sealer.Seal(JsonSerializer.SerializeToUtf8Bytes(config, RepositoryJson.Default.ConfigDocument));
        await its.Backend.SaveAsync(BackendFile.Config, message, TestContext.Current.CancellationToken);
    }

    private static byte[] Write(MasterKey master, string password)
    {
        byte[] salt = [.. Enumerable.Range(0, 64).Select(i => (byte)i)];
        var derived = new byte[MasterKey.Length];
        Scrypt.Derive(Encoding.UTF8.GetBytes(password), salt, N, 1, 1, 1 << 20, derived);
        var document = new MasterKeyDocument(new(master.MacK.ToArray(), master.MacR.ToArray()), master.Encrypt.ToArray());
        using var sealer = new Sealer(MasterKey.FromBytes(derived));
        byte[] data = sealer.Seal(JsonSerializer.SerializeToUtf8Bytes(document, RepositoryJson.Default.MasterKeyDocument));
        var file = new KeyDocument(World.FirstTime, "user", "host", "scrypt", N, 1, 1, salt, data);
        return JsonSerializer.SerializeToUtf8Bytes(file, RepositoryJson.Default.KeyDocument);
    }
}
