using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>
/// What mongodump must know and others must not, in a configuration file that only we can read. Its folder is made for the run
/// and removed with it.
/// </summary>
internal sealed class MongoDbLogin : IDisposable
{
    /// <summary>Stands for whoever knows the users where the server itself does not.</summary>
    private const string External = "$external";

    private readonly DirectoryInfo? _folder;

    /// <exception cref="BackupException">Kind Source: a file with a secret cannot be read, or others can.</exception>
    internal MongoDbLogin(MongoDbOptions options)
    {
        (string Key, string Path)? secret = options.UriFile is { } uri ? ("uri", uri) : options.PasswordFile is { } password ? ("password", password) : null;
        List<string> arguments = [];
        HasUser = options.User is not null && options.AuthenticationDatabase != External;
        if (secret is { } given)
        {
            string value = PasswordFile.Read(given.Path, "the password, or the connection string");
            if (given.Key == "uri")
            {
                HasUser = value.Contains('@', StringComparison.Ordinal) && !Uri.UnescapeDataString(value).Contains(External, StringComparison.Ordinal);
            }

            if (given.Key == "uri" && DatabaseOf(value) is { } database)
            {
                throw new BackupException(
                    BackupErrorKind.Source,
                    $"the connection string in {given.Path} names the database {database}, and mongodump would dump no other; leave it out, and where it is the one that knows the user, write /?authSource={database} instead");
            }

            string line = $"{given.Key}: \"{JsonEncodedText.Encode(value)}\"\n"; // JSON is YAML
            _folder = Directory.CreateTempSubdirectory("holdfast-mongodb-");
            string file = Path.Combine(_folder.FullName, "mongodump.yaml");
            using var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            stream.Write(System.Text.Encoding.UTF8.GetBytes(line));
            arguments.Add($"--config={file}");
        }

        Add("--host", options.Host);
        Add("--port", options.Port?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Add("--username", options.User);
        Add("--authenticationDatabase", options.AuthenticationDatabase);
        Arguments = arguments;

        void Add(string name, string? value)
        {
            if (value is not null && options.UriFile is null)
            {
                arguments.Add($"{name}={value}");
            }
        }
    }

    /// <summary>What stands behind the hosts of <c>mongodb://USER:PASSWORD@HOSTS/DATABASE?OPTIONS</c>; null for nothing.</summary>
    private static string? DatabaseOf(string uri)
    {
        string[] parts = uri.Split('?')[0].Split("://");
        string[] rest = parts[^1].Split('/', 2);
        return rest.Length > 1 && rest[1].Length > 0 ? Uri.UnescapeDataString(rest[1]) : null;
    }

    /// <summary>The arguments that say where and as whom.</summary>
    internal IReadOnlyList<string> Arguments { get; }

    /// <summary>Whether it logs in as a user that the server knows itself.</summary>
    internal bool HasUser { get; }

    public void Dispose() => _folder?.Delete(recursive: true);
}
