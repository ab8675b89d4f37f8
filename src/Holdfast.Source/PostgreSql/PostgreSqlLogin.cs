using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>How the tools reach the server. The password lies in a file of a private folder, which goes when this is disposed of.</summary>
internal sealed class PostgreSqlLogin : IDisposable
{
    private readonly PostgreSqlOptions _options;
    private readonly PrivateFolder _folder = PrivateFolder.Create();
    private readonly Dictionary<string, string> _environment;

    /// <exception cref="BackupException">The password file cannot be read, or others can read it.</exception>
    internal PostgreSqlLogin(PostgreSqlOptions options)
    {
        _options = options;
        _environment = Inherited();
        try
        {
            if (options.PasswordFile is { } file)
            {
                string password = PasswordFile.Read(file);
                WritePrivate("pgpass", $"*:*:*:*:{password.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal)}\n");
                _environment["PGPASSFILE"] = FilePath("pgpass");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What messages and the manifest call the server.</summary>
    internal static string NameOf(PostgreSqlOptions options) => $"postgresql {options.Host}:{options.Port}";

    internal string FilePath(string name) => _folder.PathOf(name);

    /// <summary>A file that only this user may read.</summary>
    internal void WritePrivate(string name, string content) => _folder.Write(name, content);

    /// <summary>The tool, told where the server is.</summary>
    internal ToolCommand Connected(ToolCommand tool, string database)
    {
        List<string> where = ["-w", "-h", _options.Host, "-p", $"{_options.Port}", "-d", PostgreSqlText.ConnectionString(database)];
        if (_options.User is { } user)
        {
            where.AddRange(["-U", user]);
        }

        // libpq says where it read a password that is wrong.
        (string, string)? file = _options.PasswordFile is { } given ? (FilePath("pgpass"), given) : null;
        return tool with { Arguments = [.. where, .. tool.Arguments], Environment = _environment, File = file };
    }

    /// <summary>A tool that needs no server.</summary>
    internal ToolCommand Alone(ToolCommand tool) => tool with { Environment = _environment };

    /// <summary>
    /// This process's environment, without what would change the tools' output (PGTZ, PGOPTIONS) or the server that they reach, and
    /// without passwords. How to encrypt, and where a password file is, stays with the user.
    /// </summary>
    private static Dictionary<string, string> Inherited()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            string name = (string)entry.Key;
            bool ours = name.StartsWith("HOLDFAST_", StringComparison.Ordinal) || name.StartsWith("RESTIC_", StringComparison.Ordinal);
            bool theirs = name.StartsWith("PG", StringComparison.Ordinal)
                && !name.StartsWith("PGSSL", StringComparison.Ordinal) && name is not ("PGPASSFILE" or "PGKRBSRVNAME" or "PGGSSENCMODE" or "PGCHANNELBINDING");
            if (!ours && !theirs)
            {
                environment[name] = (string?)entry.Value ?? string.Empty;
            }
        }

        environment["LC_ALL"] = "C.UTF-8";
        environment["PGCONNECT_TIMEOUT"] = "30";
        environment["PGAPPNAME"] = "holdfast";
        return environment;
    }

    public void Dispose() => _folder.Dispose();
}
