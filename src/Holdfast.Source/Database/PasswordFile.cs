using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>A file with a secret in its first line, which only its owner may read.</summary>
internal static class PasswordFile
{
    /// <param name="content">What the line is, for the message.</param>
    /// <exception cref="BackupException">Kind Source: it cannot be read, others can read or change it, or its first line is empty.</exception>
    internal static string Read(string file, string content = "the password")
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read);
            if (SecretMode.FindTrouble(stream, file) is { } trouble)
            {
                throw new BackupException(BackupErrorKind.Source, trouble);
            }

            using var reader = new StreamReader(stream);
            return reader.ReadLine() is { Length: > 0 } line
                ? line
                : throw new BackupException(BackupErrorKind.Source, $"the password file {file} is empty; its first line is to be {content}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(BackupErrorKind.Source, $"the password cannot be read from {file}: {e.Message}", e);
        }
    }
}
