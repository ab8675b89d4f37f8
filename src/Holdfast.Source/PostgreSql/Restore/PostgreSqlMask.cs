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
    private const string Mark = "holdfast: the mask is done";

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
        byte[] script = MaskFile.Read(path);

        // D43: another connection would be one to the real database, and other files and programs may make one. Looked for everywhere, also in
        // texts and comments: whether one ends there is for psql to say, and a variable's text becomes a command.
        string text = Encoding.Latin1.GetString(script);
        foreach (Regex refused in (Regex[])[Elsewhere(), Programs(), Databases(), Unnoticed()])
        {
            if (refused.Match(text) is { Success: true } found)
            {
                int line = text.AsSpan(0, found.Index).Count('\n') + 1;
                string what = PostgreSqlStatement.Decode(string.Join(' ', found.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
                throw MaskFile.Refused(
                    $"the mask {path} has {what} in line {line}: leave that out, it runs in a database beside the one that is replaced and nowhere else, and ends where a statement fails");
            }
        }

        return new(System.IO.Path.GetFullPath(path), script);
    }

    /// <summary>Runs it, by a psql that is connected to its database.</summary>
    /// <exception cref="BackupException">Kind Source: a statement failed, or the end of the script was not reached.</exception>
    internal async Task RunAsync(ToolCommand psql, CancellationToken cancellation)
    {
        bool isDone;
        try
        {
            ToolProcess tool = ToolProcess.Start(psql with { TakesInput = true });
            await using (tool.ConfigureAwait(false))
            {
                Task<bool> reading = FindMarkAsync(tool.Output, cancellation);
                await WriteAsync(tool.Input, cancellation).ConfigureAwait(false);
                isDone = await reading.ConfigureAwait(false);
                await tool.EndAsync(cancellation).ConfigureAwait(false);
            }
        }
        catch (BackupException e)
        {
            throw new BackupException(BackupErrorKind.Source, $"the mask {Path} failed: {e.Message}", e);
        }

        if (!isDone)
        {
            throw new BackupException(BackupErrorKind.Source, $"the mask {Path} ends before its last line: look for \\q");
        }
    }

    private static async Task<bool> FindMarkAsync(Stream output, CancellationToken cancellation)
    {
        bool isThere = false;
        using var reader = new StreamReader(output, Encoding.UTF8);
        while (await reader.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
        {
            isThere |= line == Mark;
        }

        return isThere;
    }

    /// <summary>psql stops at the first statement that fails, and what it then does not read is no failure of its own.</summary>
    private async Task WriteAsync(Stream input, CancellationToken cancellation)
    {
        try
        {
            await input.WriteAsync(_script, cancellation).ConfigureAwait(false);

            // Whatever psql passes over without an error, it passes over this as well.
            await input.WriteAsync(Encoding.UTF8.GetBytes($"\n\\echo '{Mark}'\n"), cancellation).ConfigureAwait(false);
            await input.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
        }
    }

    /// <summary>psql's words end at a space or the next backslash.</summary>
    [GeneratedRegex(@"\\(c|connect|i|ir|include|include_relative|!|e|edit|ef|ev)(?=[\s\\\0]|$)")]
    private static partial Regex Elsewhere();

    /// <summary>Output to a program, or to what a variable names; a program's output within a command of psql; COPY with a program, here or on the server.</summary>
    [GeneratedRegex(
        @"\\(o|out|w|write|gx?)(?=\s)[^\n\\]*?[|:]|\\(?!N)[A-Za-z][^\n`]*`|\\copy\s[^\n]*?\b(from|to)\s+program\b|\bcopy\b[^;]{0,4000}?\b(from|to)\s+program\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Programs();

    /// <summary>Statements about databases, this one's own being none that a name would hold for.</summary>
    [GeneratedRegex(@"\b(create|alter|drop)(\s|/\*[^*]*\*/|--[^\n]*\n)+database\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Databases();

    /// <summary>What lets a failure pass. That it is on may be said.</summary>
    [GeneratedRegex(
        @"\\unset[^\n]*?ON_ERROR_STOP|\\(un)?set[^\S\n]+:|\\set[^\S\n]+['""]?ON_ERROR_STOP\b(?!['""]?([^\S\n]+['""]?(on|true|yes|1)\b|[^\S\n]*(\n|$)))[^\n]*",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Unnoticed();
}
