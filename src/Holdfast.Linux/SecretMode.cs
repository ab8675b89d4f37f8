namespace Holdfast.Linux;

/// <summary>The one rule for files with a password: who else may read it knows it, and who may change it decides what it is.</summary>
public static class SecretMode
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Why a file with a password is not to be used; null where its owner alone may read and change it, and for a pipe.</summary>
    /// <param name="file">Open, so that what is looked at is what is read.</param>
    /// <param name="path">As the user named it.</param>
    public static string? FindTrouble(FileStream file, string path) =>
        file.CanSeek && (File.GetUnixFileMode(file.SafeFileHandle) & Others) != 0
            ? $"the password file {path} can be read or changed by others: chmod 600 {path}"
            : null;
}
