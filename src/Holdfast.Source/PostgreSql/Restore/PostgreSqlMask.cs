using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>
/// A script that runs in a database beside, between its loading and the swap. It is somebody's own SQL; only where it runs is made sure of,
/// so what runs is what was read here and not what the file has by then.
/// </summary>
internal sealed partial class PostgreSqlMask
{
    /// <summary>Larger than any that people write, in bytes.</summary>
    private const int MaxLength = 64 << 20;

    private readonly byte[] _script;

    private PostgreSqlMask(string path, byte[] script)
    {
        Path = path;
        _script = script;
    }

    /// <summary>The whole path.</summary>
    internal string Path { get; }

    /// <exception cref="BackupException">Kind Refused: it cannot be read, others can change it, or it would run somewhere else.</exception>
    internal static PostgreSqlMask Read(string path)
    {
        byte[] script = ReadFile(path);

        // D43: another connection would be one to the real database, and other files and programs may make one. Looked for everywhere, also in
        // texts and comments: whether one ends there is for psql to say, and a variable's text becomes a command.
        return Elsewhere().Match(Encoding.Latin1.GetString(script)) is { Success: true } found
            ? throw Refused($"the mask {path} has {found.Value}: leave that out, it runs in a database beside the one that is replaced, and nowhere else")
            : new(System.IO.Path.GetFullPath(path), script);
    }

    /// <summary>Runs it, by a psql that is connected to its database.</summary>
    /// <exception cref="BackupException">Kind Source: a statement failed.</exception>
    internal async Task RunAsync(ToolCommand psql, CancellationToken cancellation)
    {
        try
        {
            ToolProcess tool = ToolProcess.Start(psql with { TakesInput = true });
            await using (tool.ConfigureAwait(false))
            {
                Task reading = tool.Output.CopyToAsync(Stream.Null, cancellation);
                await WriteAsync(tool.Input, cancellation).ConfigureAwait(false);
                await reading.ConfigureAwait(false);
                await tool.EndAsync(cancellation).ConfigureAwait(false);
            }
        }
        catch (BackupException e)
        {
            throw new BackupException(BackupErrorKind.Source, $"the mask {Path} failed: {e.Message}", e);
        }
    }

    /// <summary>psql stops at the first statement that fails, and what it then does not read is no failure of its own.</summary>
    private async Task WriteAsync(Stream input, CancellationToken cancellation)
    {
        try
        {
            await input.WriteAsync(_script, cancellation).ConfigureAwait(false);
            await input.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
        }
    }

    private static byte[] ReadFile(string path)
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

    private static BackupException Refused(string what) => new(BackupErrorKind.Refused, what);

    /// <summary>psql's words end at a space or the next backslash.</summary>
    [GeneratedRegex(@"\\(c|connect|i|ir|include|include_relative|!)(?=[\s\\\0]|$)")]
    private static partial Regex Elsewhere();
}
