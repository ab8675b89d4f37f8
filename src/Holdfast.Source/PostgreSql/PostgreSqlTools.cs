using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>Where psql, pg_dump and the others are: several versions may be installed side by side.</summary>
/// <param name="versions">The folder with one folder for each version, as Debian has it.</param>
/// <param name="otherwise">What comes before the name of a program that is in none of them: nothing, for one in PATH.</param>
internal sealed partial class PostgreSqlTools(string versions = "/usr/lib/postgresql", string otherwise = "")
{
    private const string Package = "postgresql-client";

    /// <summary>The server's major version, 15; 0 before it is known: then the newest tools are taken.</summary>
    internal int ServerVersion { get; private init; }

    /// <summary>What <c>pg_dump --version</c> says.</summary>
    internal string Version { get; private init; } = string.Empty;

    internal ToolCommand Find(string program, params IReadOnlyList<string> arguments) =>
        new(Folders().Select(f => $"{f}/{program}").FirstOrDefault(File.Exists) ?? otherwise + program, arguments) { Package = Package };

    /// <summary>The tools for a server of this version.</summary>
    /// <exception cref="BackupException">There are none that are new enough.</exception>
    internal async Task<PostgreSqlTools> ForAsync(int serverVersion, CancellationToken cancellation)
    {
        var tools = new PostgreSqlTools(versions, otherwise) { ServerVersion = serverVersion };
        ToolCommand command = tools.Find("pg_dump", "--version");
        string said = (await ToolProcess.ReadAsync(command, cancellation).ConfigureAwait(false)).Trim();
        Match match = VersionNumber().Match(said);
        if (!match.Success)
        {
            throw new BackupException(BackupErrorKind.Source, $"{command.Program} --version says \"{said}\", which has no version in it");
        }

        if (int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) < serverVersion)
        {
            throw new BackupException(
                BackupErrorKind.Source,
                $"the server is PostgreSQL {serverVersion}, and {command.Program} is of version {match.Value}, which cannot dump it; install {Package}-{serverVersion}");
        }

        return new(versions, otherwise) { ServerVersion = serverVersion, Version = said };
    }

    /// <summary>The server's own version first, then newer ones, then the rest; without a server, the newest first.</summary>
    private IEnumerable<string> Folders()
    {
        if (!Directory.Exists(versions))
        {
            return [];
        }

        return
            from folder in Directory.GetDirectories(versions)
            let version = int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int number) ? number : 0
            where version > 0
            orderby version >= ServerVersion descending, ServerVersion == 0 ? -version : Math.Abs(version - ServerVersion)
            select $"{folder}/bin";
    }

    [GeneratedRegex(@"\b(\d+)(\.\d+)*")]
    private static partial Regex VersionNumber();
}
