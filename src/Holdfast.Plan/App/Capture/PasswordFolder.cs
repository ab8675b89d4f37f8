using Holdfast.Backend;
using Holdfast.Source;

namespace Holdfast.Plan;

/// <summary>A file with an application's password, which goes when this is disposed of.</summary>
internal sealed class PasswordFolder : IDisposable
{
    private const string Name = "password";

    private readonly PrivateFolder _folder;

    private PasswordFolder(PrivateFolder folder) => _folder = folder;

    internal string File => _folder.PathOf(Name);

    /// <exception cref="BackupException">Kind Source: no file can hold it.</exception>
    internal static PasswordFolder Create(string password)
    {
        if (password.AsSpan().IndexOfAny('\n', '\r') >= 0)
        {
            throw new BackupException(BackupErrorKind.Source, "the password in the application's configuration has a line break in it, which no client can be given");
        }

        return new(PrivateFolder.Create(Name, password));
    }

    public void Dispose() => _folder.Dispose();
}
