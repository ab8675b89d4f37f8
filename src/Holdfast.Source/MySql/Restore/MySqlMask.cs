using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>
/// A script that runs in a database beside, between its loading and the swap. It is somebody's own SQL and goes to the native client as it
/// is; only where it runs is made sure of.
/// </summary>
internal sealed partial class MySqlMask
{
    /// <summary>The lock of a server that a mask holds as long as it runs.</summary>
    internal const string Lock = "holdfast-mask";

    private const string Mark = "holdfast: the mask is done";

    /// <summary>Lines of what it says that are passed on.</summary>
    private const int MostLines = 20;

    /// <summary>Commands of the client that lead elsewhere, run what nobody looked at, or end it. It knows them where a statement would begin.</summary>
    private static readonly string[] s_commands = ["CONNECT", "SOURCE", "SYSTEM", "TEE", "EDIT", "PAGER", "RESETCONNECTION", "RESET_CONNECTION", "QUIT", "EXIT"];

    /// <summary>What changes a database as a whole when DATABASE follows; the last as in CREATE OR REPLACE.</summary>
    private static readonly string[] s_changes = ["DROP", "ALTER", "CREATE", "RENAME", "REPLACE"];

    private readonly string _path;
    private readonly byte[] _script;

    private MySqlMask(string path, byte[] script)
    {
        _path = path;
        _script = script;
    }

    /// <param name="names">The databases that it must not name: those in the snapshot and those to be replaced.</param>
    /// <exception cref="BackupException">Kind Refused: it cannot be read, others can change it, or it would run somewhere else.</exception>
    internal static MySqlMask Read(string path, IReadOnlyCollection<string> names)
    {
        var mask = new MySqlMask(path, MaskFile.Read(path));
        mask.RequirePlace(names);
        return mask;
    }

    /// <summary>Runs it in a database, to its end.</summary>
    /// <returns>What it said, a line each.</returns>
    /// <exception cref="BackupException">Kind Source: a statement failed, or the end of the script was not reached.</exception>
    internal async Task<IReadOnlyList<string>> RunAsync(MySqlLogin login, string database, bool withoutLog, CancellationToken cancellation)
    {
        var command = new ToolCommand(
            MySqlClient.FindProgram(["mariadb", "mysql"]),
            [
                login.Argument, "--batch", "--skip-column-names", "--comments", "--default-character-set=utf8mb4", "--max-allowed-packet=1G", $"--database={database}",
                $"--init-command=SET @holdfast_mask = GET_LOCK('{Lock}', 15){(withoutLog ? ", SESSION sql_log_bin = 0" : string.Empty)}",
            ])
        {
            Package = MySqlClient.Package, TakesInput = true,
        };
        List<string> said;
        try
        {
            ToolProcess tool = ToolProcess.Start(command);
            await using (tool.ConfigureAwait(false))
            {
                Task<List<string>> reading = ReadAsync(tool.Output, cancellation);
                await WriteAsync(tool.Input, cancellation).ConfigureAwait(false);
                said = await reading.ConfigureAwait(false);
                await tool.EndAsync(cancellation).ConfigureAwait(false);
            }
        }
        catch (BackupException e)
        {
            throw new BackupException(BackupErrorKind.Source, $"the mask {_path} failed: {e.Message}", e);
        }

        return said is [.. var lines, Mark]
            ? lines
            : throw new BackupException(BackupErrorKind.Source, $"the mask {_path} ends inside a text or a comment: look for a quote that is not closed");
    }

    /// <summary>The client stops at the first statement that fails, and what it then does not read is no failure of its own.</summary>
    private async Task WriteAsync(Stream input, CancellationToken cancellation)
    {
        try
        {
            await input.WriteAsync(_script, cancellation).ConfigureAwait(false);

            // What is left open is ended here: a statement without its delimiter, whichever that is, and a transaction without COMMIT.
            await input.WriteAsync(Encoding.UTF8.GetBytes($"\n\\g\nDELIMITER ;\nCOMMIT;SELECT '{Mark}';\n"), cancellation).ConfigureAwait(false);
            await input.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
        }
    }

    /// <summary>The first lines, and the last.</summary>
    private static async Task<List<string>> ReadAsync(Stream output, CancellationToken cancellation)
    {
        var lines = new List<string>();
        using var reader = new StreamReader(output, Encoding.UTF8);
        while (await reader.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
        {
            if (lines.Count > MostLines)
            {
                lines[^1] = line;
            }
            else
            {
                lines.Add(line);
            }
        }

        return lines;
    }

    /// <summary>
    /// D43: a name with its database would be that of the real one, and so would all names after USE. Others, such as
    /// <c>information_schema.tables</c>, may be meant. What changes a database as a whole names one always, or needs none here; it is looked
    /// for in texts, too, as PREPARE makes a statement of one.
    /// </summary>
    private void RequirePlace(IReadOnlyCollection<string> names)
    {
        var words = new SqlWords(_script);
        string before = string.Empty, delimiter = ";";
        for (bool isThere = words.Read(); isThere;)
        {
            bool isUse = words.Is("USE"u8), isCommand = words.Is("\\"u8), isDelimiter = words.Is("DELIMITER"u8) && words.BeginsLine;
            string word = words.Name();
            bool isChange = !words.IsQuoted && s_changes.Contains(word, StringComparer.OrdinalIgnoreCase);
            if (words.IsQuoted && Change().Match(word) is { Success: true } change)
            {
                throw RefusedChange(change.Value);
            }

            if (!words.IsQuoted && words.BeginsLine && (before.Length == 0 || before.EndsWith(delimiter, StringComparison.Ordinal) || before == ";") && s_commands.Contains(word, StringComparer.OrdinalIgnoreCase))
            {
                throw MaskFile.Refused($"the mask {_path} has {word}, a command of the client: leave that out, it is to be nothing but SQL");
            }

            isThere = words.Read();
            if (isChange && (words.Is("DATABASE"u8) || words.Is("SCHEMA"u8)))
            {
                throw RefusedChange($"{word} {words.Name()}");
            }

            if (isCommand && isThere && words.Word[0] is not ((byte)'N' or (byte)'g' or (byte)'G' or (byte)'d'))
            {
                throw MaskFile.Refused($"the mask {_path} has \\{words.Name()[..1]}, a command of the client: leave that out, it is to be nothing but SQL");
            }

            // The rest of the line, of which the last word counts.
            while (isDelimiter && isThere && !words.BeginsLine)
            {
                (word, delimiter) = (words.Name(), words.Name());
                isThere = words.Read();
            }

            if (isUse && isThere && !words.Is("INDEX"u8) && !words.Is("KEY"u8))
            {
                throw MaskFile.Refused($"the mask {_path} has USE {words.Name()}: leave that out, it runs in a database beside the one that is replaced");
            }

            if (isThere && words.Is("."u8) && before != "." && names.Contains(word, StringComparer.OrdinalIgnoreCase))
            {
                throw MaskFile.Refused($"the mask {_path} names database {word}: name tables without it, as it runs in a database beside the one that is replaced");
            }

            before = word;
        }
    }

    private BackupException RefusedChange(string what) =>
        MaskFile.Refused($"the mask {_path} has {what}: leave that out, it is to change what is in a database beside the one that is replaced, and no database as a whole");

    [GeneratedRegex(@"\b(?:DROP|ALTER|CREATE|RENAME|REPLACE)\s+(?:DATABASE|SCHEMA)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Change();
}
