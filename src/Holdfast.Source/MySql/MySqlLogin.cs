using System.Text;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>
/// Where to connect and as whom, in an option file that only we can read: an argument or a variable of the environment is seen
/// by others on the machine. Its folder is made for the run and removed with it.
/// </summary>
internal sealed class MySqlLogin : IDisposable
{
    /// <summary>In bytes. The clients read 4096 at a time: what comes after these would be a line, and so an option, of its own.</summary>
    private const int MaxLine = 2048;

    private const string OptionFile = "client.cnf";

    private readonly PrivateFolder _folder;

    private MySqlLogin(PrivateFolder folder) => _folder = folder;

    /// <summary>The first argument of a tool: it must not read any other option file.</summary>
    internal string Argument => $"--defaults-file={_folder.PathOf(OptionFile)}";

    /// <exception cref="BackupException">Kind Source: the password's file cannot be read, or others can; or no option file can hold what there is.</exception>
    internal static MySqlLogin Create(MySqlOptions options)
    {
        string? password = options.PasswordFile is { } file ? PasswordFile.Read(file) : null;
        var text = new StringBuilder("[client]\n");
        Append("user", options.User);
        Append("password", password);
        Append("socket", options.Socket);
        Append("host", options.Host);
        if (options.Host is not null)
        {
            Append("port", $"{options.Port ?? 3306}");
            Append("protocol", "tcp");
        }

        return new(PrivateFolder.Create(OptionFile, text.ToString()));

        void Append(string name, string? value)
        {
            if (value is null)
            {
                return;
            }

            // An application's file may say these, and a line more in here would be any option, such as a library to load.
            string line = $"{name}=\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
            if (line.Any(char.IsControl) || Encoding.UTF8.GetByteCount(line) > MaxLine)
            {
                throw new BackupException(
                    BackupErrorKind.Source, $"the {name} for a MySQL server has {(line.Any(char.IsControl) ? "a line break or another control character in it" : "more than 2000 bytes")}, which no client can be given");
            }

            text.Append(line).Append('\n');
        }
    }

    public void Dispose() => _folder.Dispose();
}
