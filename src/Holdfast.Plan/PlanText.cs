using System.Text;
using System.Text.Json;
using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>Writes a document as a plan file again, with every default in it.</summary>
public static class PlanText
{
    public static string Write(PlanDocument document)
    {
        var text = new StringBuilder();
        Member(text, 0, "repository", document.Repository);
        Member(text, 0, "password-file", document.PasswordFile);
        text.Append("plans:\n");
        foreach (PlanEntry plan in document.Plans)
        {
            text.Append($"  {Scalar(plan.Name)}:\n");
            Member(text, 4, "may-go", plan.MayGo);
            text.Append("    sources:\n");
            foreach (SourceEntry source in plan.Sources)
            {
                text.Append($"      - {Kind(source)}:\n");
                int before = text.Length;
                Members(text, source);
                text.Insert(before == text.Length ? before - 1 : before, before == text.Length ? " {}" : string.Empty);
            }
        }

        if (document.Mirrors.Count > 0)
        {
            text.Append("mirrors:\n");
        }

        foreach (MirrorEntry mirror in document.Mirrors)
        {
            text.Append($"  {Scalar(mirror.Name)}:\n");
            Member(text, 4, "from", mirror.From);
            Target(text, "mysql", mirror.Mysql);
            Target(text, "postgresql", mirror.Postgresql);
            Member(text, 4, "mask", mirror.Mask);
        }

        return text.ToString();
    }

    /// <summary>The word by which a plan file names the kind of an entry.</summary>
    public static string Kind(SourceEntry entry) => entry switch
    {
        FilesEntry => "files", MySqlEntry => "mysql", PostgreSqlEntry => "postgresql", MongoDbEntry => "mongodb", SqliteEntry => "sqlite", GitEntry => "git",
        CommandEntry => "command", FifoEntry => "fifo", AppEntry => "app",
        _ => throw new ArgumentOutOfRangeException(nameof(entry), entry, "is of no known kind"),
    };

    private static void Members(StringBuilder text, SourceEntry source)
    {
        const int Level = 10;
        switch (source)
        {
            case FilesEntry e:
                Member(text, Level, "paths", e.Paths);
                Member(text, Level, "exclude", e.Exclude);
                Member(text, Level, "iexclude", e.Iexclude);
                Member(text, Level, "exclude-if-present", e.ExcludeIfPresent);
                Plain(text, Level, "exclude-caches", Word(e.ExcludeCaches));
                Plain(text, Level, "exclude-larger-than", e.ExcludeLargerThan?.ToString());
                Plain(text, Level, "one-file-system", Word(e.OneFileSystem));
                Plain(text, Level, "read-fifos", Word(e.ReadFifos));
                Plain(text, Level, "fifo-timeout", Seconds(e.FifoTimeout));
                break;
            case MySqlEntry e:
                Server(text, e.Name, e.Socket, e.Host, e.Port, e.User, e.PasswordFile, e.Databases, e.Exclude);
                break;
            case PostgreSqlEntry e:
                Server(text, e.Name, null, e.Host, e.Port, e.User, e.PasswordFile, e.Databases, e.Exclude);
                break;
            case MongoDbEntry e:
                Member(text, Level, "name", e.Name);
                Member(text, Level, "host", e.Host);
                Plain(text, Level, "port", e.Port?.ToString());
                Member(text, Level, "user", e.User);
                Member(text, Level, "authentication-database", e.AuthenticationDatabase);
                Member(text, Level, "password-file", e.PasswordFile);
                Member(text, Level, "uri-file", e.UriFile);
                Plain(text, Level, "oplog", Word(e.Oplog));
                Plain(text, Level, "users", Word(e.Users));
                break;
            case SqliteEntry e:
                Member(text, Level, "paths", e.Paths);
                Plain(text, Level, "check", Word(e.Check));
                Plain(text, Level, "timeout", Seconds(e.Timeout));
                break;
            case GitEntry e:
                Member(text, Level, "paths", e.Paths);
                Plain(text, Level, "check", Word(e.Check));
                break;
            case CommandEntry e:
                Member(text, Level, "name", e.Name);
                Member(text, Level, "run", e.Run);
                Stream(text, e.EndMarker, e.ShrinkLimit, e.Timeout);
                break;
            case FifoEntry e:
                Member(text, Level, "name", e.Name);
                Member(text, Level, "path", e.Path);
                Stream(text, e.EndMarker, e.ShrinkLimit, e.Timeout);
                break;
            case AppEntry e:
                Member(text, Level, "name", e.Name);
                Member(text, Level, "recipe", e.Recipe);
                Member(text, Level, "path", e.Path);
                Member(text, Level, "config", e.Config);
                break;
        }

        void Stream(StringBuilder to, string? marker, double limit, TimeSpan? timeout)
        {
            Member(to, Level, "end-marker", marker);
            Plain(to, Level, "shrink-limit", $"{limit}%");
            Plain(to, Level, "timeout", timeout is { } time ? Seconds(time) : null);
        }

        void Server(
            StringBuilder to, string? name, string? socket, string? host, int? port, string? user, string? passwordFile, IReadOnlyList<string> databases, IReadOnlyList<string> exclude)
        {
            Member(to, Level, "name", name);
            Member(to, Level, "socket", socket);
            Member(to, Level, "host", host);
            Plain(to, Level, "port", port?.ToString());
            Member(to, Level, "user", user);
            Member(to, Level, "password-file", passwordFile);
            Member(to, Level, "databases", databases);
            Member(to, Level, "exclude", exclude);
        }
    }

    private static void Target(StringBuilder text, string engine, MirrorTarget? target)
    {
        if (target is null)
        {
            return;
        }

        text.Append($"    {engine}:\n");
        Member(text, 6, "database", target.Database);
        Member(text, 6, "into", target.Into);
        Member(text, 6, "source", target.Source);
        Member(text, 6, "socket", target.Socket);
        Member(text, 6, "host", target.Host);
        Plain(text, 6, "port", target.Port?.ToString());
        Member(text, 6, "user", target.User);
        Member(text, 6, "password-file", target.PasswordFile);
    }

    private static void Member(StringBuilder text, int level, string key, string? value) => Plain(text, level, key, value is null ? null : Scalar(value));

    private static void Member(StringBuilder text, int level, string key, IReadOnlyList<string> values) =>
        Plain(text, level, key, values.Count == 0 ? null : $"[{string.Join(", ", values.Select(Scalar))}]");

    private static void Plain(StringBuilder text, int level, string key, string? value)
    {
        if (value is not null)
        {
            text.Append(' ', level).Append(key).Append(": ").Append(value).Append('\n');
        }
    }

    /// <summary>Without quotes where nobody can take it for anything but a text, else as JSON, which is YAML.</summary>
    public static string Scalar(string value)
    {
        bool isWord = value.Length > 0 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-') && value[0] is not '-' && !char.IsAsciiDigit(value[0])
            && value is not ("true" or "false" or "null" or "yes" or "no" or "on" or "off");
        return isWord ? value : $"\"{JsonEncodedText.Encode(value, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
    }

    private static string Word(bool flag) => flag ? "true" : "false";

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds:0}s";
}
