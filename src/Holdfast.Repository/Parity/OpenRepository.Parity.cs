using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Whether packs get parity: kept in the repository, so that whoever writes to it does the same.</summary>
public sealed partial class OpenRepository
{
    private const int ParityVersion = 1;

    /// <summary>The share of a pack's size that its parity takes, in percent; null where packs get none.</summary>
    /// <exception cref="BackupException">Kind Corrupt or Unsupported; or what the backend says.</exception>
    public async Task<double?> LoadParityAsync(CancellationToken cancellation)
    {
        BackendFile file = BackendFile.ParitySetting;
        if (await Backend.FindSizeAsync(file, cancellation).ConfigureAwait(false) is null)
        {
            return null;
        }

        string name = $"{file.RelativePath} in the repository at {Backend.Location}";
        byte[] content = await Backend.ReadAllAsync(file, Limits.SmallFile, cancellation).ConfigureAwait(false);
        ParitySetting setting = RepositoryJson.Read(content, RepositoryJson.Default.ParitySetting, name);
        if (setting.Version != ParityVersion)
        {
            throw new BackupException(BackupErrorKind.Unsupported, $"{name} is of version {setting.Version}, which this program does not know");
        }

        return IsShare(setting.Percent)
            ? setting.Percent
            : throw BackupException.Corrupt($"{name} is damaged: a parity of {setting.Percent} percent makes no sense; set it again with `holdfast parity`");
    }

    /// <summary>Sets what new packs get from now on.</summary>
    /// <param name="percent">Above 0, to 100; null for none. Parity that is there stays.</param>
    /// <exception cref="BackupException"/>
    public async Task SaveParityAsync(double? percent, CancellationToken cancellation)
    {
        if (percent is not { } share)
        {
            await Backend.RemoveAsync(BackendFile.ParitySetting, cancellation).ConfigureAwait(false);
            return;
        }

        if (!IsShare(share))
        {
            throw new ArgumentOutOfRangeException(nameof(percent), percent, "the share must be above 0 and at most 100 percent");
        }

        byte[] content = JsonSerializer.SerializeToUtf8Bytes(new(ParityVersion, share), RepositoryJson.Default.ParitySetting);
        await Backend.SaveAsync(BackendFile.ParitySetting, content, cancellation).ConfigureAwait(false);
    }

    private static bool IsShare(double percent) => percent is > 0 and <= 100;
}
