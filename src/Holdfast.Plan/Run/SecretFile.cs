using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>Files that hold a password must be their owner's alone.</summary>
public static class SecretFile
{
    /// <summary>The files with secrets that a plan file names.</summary>
    public static IEnumerable<string> Of(PlanDocument document) =>
        new[] { document.PasswordFile }
            .Concat(document.Plans.SelectMany(p => p.Sources).Select(Of))
            .Concat(document.Mirrors.SelectMany(m => new[] { m.Mysql?.PasswordFile, m.Postgresql?.PasswordFile }))
            .OfType<string>().Distinct();

    /// <summary>Why a file cannot be used; null where it can.</summary>
    public static string? FindTrouble(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return SecretMode.FindTrouble(stream, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"the password file {path} cannot be read: {(e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message)}";
        }
    }

    /// <exception cref="BackupException">Kind Refused.</exception>
    internal static void Check(SourceEntry entry)
    {
        if (Of(entry) is { } path && FindTrouble(path) is { } trouble)
        {
            throw new BackupException(BackupErrorKind.Refused, trouble);
        }
    }

    private static string? Of(SourceEntry entry) => entry switch { MySqlEntry m => m.PasswordFile, PostgreSqlEntry p => p.PasswordFile, MongoDbEntry m => m.PasswordFile ?? m.UriFile, _ => null };
}
