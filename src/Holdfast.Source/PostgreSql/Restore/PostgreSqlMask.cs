using System.Text.RegularExpressions;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>A script that runs in a database beside, between its loading and the swap. It is somebody's own SQL; only where it runs is made sure of.</summary>
internal static partial class PostgreSqlMask
{
    /// <returns>Its whole path.</returns>
    /// <exception cref="BackupException">Kind Refused: it cannot be read, others can change it, or it would run somewhere else.</exception>
    internal static async Task<string> CheckAsync(string path, CancellationToken cancellation)
    {
        try
        {
            if ((File.GetUnixFileMode(path) & UnixFileMode.OtherWrite) != 0)
            {
                throw Refused($"the mask {path} can be changed by others, and its statements are run: chmod o-w {path}");
            }

            // Another connection would be one to the real database.
            await foreach (string line in File.ReadLinesAsync(path, cancellation).ConfigureAwait(false))
            {
                if (Connect().IsMatch(line))
                {
                    throw Refused($"the mask {path} has \\connect: leave that out, it runs in a database beside the one that is replaced");
                }
            }

            return Path.GetFullPath(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string why = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message;
            throw new BackupException(BackupErrorKind.Refused, $"the mask {path} cannot be read: {why}", e);
        }
    }

    private static BackupException Refused(string what) => new(BackupErrorKind.Refused, what);

    [GeneratedRegex(@"\\c(onnect)?(\s|$)")]
    private static partial Regex Connect();
}
