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

    private const string ConfigFile = "mongodump.yaml";

    private readonly PrivateFolder? _folder;

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

            if (given.Key == "uri" && DatabaseOf(value, given.Path) is { } database)
            {
                throw new BackupException(
                    BackupErrorKind.Source,
                    $"the connection string in {given.Path} names the database {database}, and mongodump would dump no other; leave it out, and where it is the one that knows the user, write /?authSource={database} instead");
            }

            string line = $"{given.Key}: \"{JsonEncodedText.Encode(value)}\"\n"; // JSON is YAML
            _folder = PrivateFolder.Create(ConfigFile, line);
            arguments.Add($"--config={_folder.PathOf(ConfigFile)}");
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
    /// <remarks>A slash or a question mark in a password that is not encoded ends what stands for the hosts: what follows is a part of the password then.</remarks>
    /// <param name="file">Where it stands, for the message.</param>
    /// <exception cref="BackupException">Kind Source: user or password are not encoded.</exception>
    private static string? DatabaseOf(string uri, string file)
    {
        string[] parts = uri.Split("://", 2)[^1].Split('?', 2);
        string[] path = parts[0].Split('/', 2);
        string database = path.Length > 1 ? Uri.UnescapeDataString(path[1]) : string.Empty;
        bool hasMore = parts.Length > 1 && parts[1].Contains('@', StringComparison.Ordinal) && (database.Length > 0 || !path[0].Contains('@', StringComparison.Ordinal));
        if (hasMore || database.AsSpan().ContainsAny('@', '/', ':'))
        {
            throw new BackupException(
                BackupErrorKind.Source,
                $"the connection string in {file} cannot be taken apart: in user, password and options, write %2F for a slash, %3A for a colon, %3F for a question mark and %40 for an @");
        }

        return database.Length > 0 ? database : null;
    }

    /// <summary>The arguments that say where and as whom.</summary>
    internal IReadOnlyList<string> Arguments { get; }

    /// <summary>Whether it logs in as a user that the server knows itself.</summary>
    internal bool HasUser { get; }

    public void Dispose() => _folder?.Dispose();
}
