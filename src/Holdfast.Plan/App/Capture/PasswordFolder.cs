using System.Text;
using Holdfast.Backend;

namespace Holdfast.Plan;

/// <summary>A file with a password, 0600 in a folder of 0700, which goes when this is disposed of.</summary>
internal sealed class PasswordFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("holdfast-app-");

    private PasswordFolder()
    {
    }

    internal string File => Path.Combine(_folder.FullName, "password");

    /// <exception cref="BackupException">Kind Source: no file can hold it.</exception>
    internal static PasswordFolder Create(string password)
    {
        if (password.AsSpan().IndexOfAny('\n', '\r') >= 0)
        {
            throw new BackupException(BackupErrorKind.Source, "the password in the application's configuration has a line break in it, which no client can be given");
        }

        PasswordFolder? folder = null;
        try
        {
            folder = new();
            folder.Write(password);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            folder?.Dispose();
            throw new BackupException(
                BackupErrorKind.Source, $"no file for the application's password can be made in {Path.GetTempPath()}: {e.Message}; make room there, or name another folder in TMPDIR", e);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void Write(string password)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using var writer = new StreamWriter(File, new UTF8Encoding(false), options);
        writer.Write(password);
    }
}
