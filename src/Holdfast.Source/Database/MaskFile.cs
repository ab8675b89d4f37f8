using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>A mask as a file: read whole before anything is done, since what it has by then may be something else.</summary>
internal static class MaskFile
{
    /// <summary>Larger than any that people write, in bytes.</summary>
    private const int MaxLength = 64 << 20;

    /// <exception cref="BackupException">Kind Refused: it cannot be read, others can change it, or it is too large.</exception>
    internal static byte[] Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
            if ((File.GetUnixFileMode(stream.SafeFileHandle) & UnixFileMode.OtherWrite) != 0)
            {
                throw Refused($"the mask {path} can be changed by others, and its statements are run: chmod o-w {path}");
            }

            if (stream.Length > MaxLength)
            {
                throw Refused($"the mask {path} is larger than 64 MiB: is it the right file?");
            }

            byte[] script = new byte[stream.Length];
            stream.ReadExactly(script);
            return script;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string why = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message;
            throw new BackupException(BackupErrorKind.Refused, $"the mask {path} cannot be read: {why}", e);
        }
    }

    internal static BackupException Refused(string what) => new(BackupErrorKind.Refused, what);
}
