using System.Buffers;
using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>From version 1 to version 2. Only under an exclusive lock: others would go on with what they read.</summary>
public sealed partial class OpenRepository
{
    /// <summary>Whether there is a newer version to upgrade to.</summary>
    public bool CanUpgrade => Config.Version < RepositoryConfig.NewestVersion;

    /// <summary>
    /// Makes the repository one of the newest version. Nothing but the config changes: what is stored uncompressed stays so
    /// until it is repacked. This object goes on with the version it was opened with.
    /// </summary>
    /// <exception cref="BackupException"/>
    public async Task UpgradeAsync(CancellationToken cancellation)
    {
        await RequireLockAsync(cancellation).ConfigureAwait(false);
        byte[] message = await Backend.ReadAllAsync(BackendFile.Config, Limits.SmallFile, cancellation).ConfigureAwait(false);
        byte[] upgraded;
        BlobCodec codec = RentCodec();
        try
        {
            upgraded = codec.Sealer.TryOpenInPlace(message)
                ? codec.Sealer.Seal(WithNewestVersion(message.AsMemory()[Sealer.IvLength..^Linux.Poly1305.TagLength]))
                : throw BackupException.Corrupt($"the config of the repository at {Backend.Location} is damaged: its authentication code does not match");
        }
        finally
        {
            ReturnCodec(codec);
        }

        // D17: replaced in one step, by what was proven to open and to say the same of everything else.
        RepositoryConfig config = Repository.ReadConfig([.. upgraded], _master, Backend.Location);
        if (config != Config with { Version = RepositoryConfig.NewestVersion })
        {
            throw BackupException.Corrupt($"the config of the repository at {Backend.Location} changed meanwhile: nothing is done, run again");
        }

        await Backend.ReplaceConfigAsync(upgraded, cancellation).ConfigureAwait(false);
    }

    /// <summary>All other members stay as they are.</summary>
    private static byte[] WithNewestVersion(ReadOnlyMemory<byte> document)
    {
        using JsonDocument old = JsonDocument.Parse(document);
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", RepositoryConfig.NewestVersion);
            foreach (JsonProperty member in old.RootElement.EnumerateObject().Where(m => m.Name != "version"))
            {
                writer.WritePropertyName(member.Name);
                writer.WriteRawValue(member.Value.GetRawText());
            }

            writer.WriteEndObject();
        }

        return text.WrittenSpan.ToArray();
    }
}
