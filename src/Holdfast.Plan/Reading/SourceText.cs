using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>
/// A source on the command line: <c>mysql:socket=/run/mysqld/mysqld.sock,user=backup</c>, <c>command:NAME=PROGRAM ARGUMENT…</c>,
/// <c>fifo:NAME=PATH</c>. It becomes the nodes that the same source has in a file, and is read as those are.
/// </summary>
internal static class SourceText
{
    internal static SourceEntry? Read(string text, string folder, PlanProblems problems)
    {
        int colon = text.IndexOf(':');
        string kind = colon < 0 ? text : text[..colon];
        string rest = colon < 0 ? string.Empty : text[(colon + 1)..];
        int start = colon + 2;
        if (kind == "files")
        {
            problems.Add(new(1, 1), "files are given as paths, without --source");
            return null;
        }

        if (kind == "app")
        {
            problems.Add(new(1, 1), "an application goes into a plan file: it has files, which a source has not");
            return null;
        }

        YamlNode value = kind is "command" or "fifo" ? Named(kind, rest, start, problems) : Pairs(rest, start, problems);
        return problems.IsEmpty ? new EntryReader(folder, problems).Read(new YamlScalar(new(1, 1), kind, true), value) : null;
    }

    /// <summary>NAME=… : what is behind it is a command's words, or a path.</summary>
    private static YamlMapping Named(string kind, string text, int start, PlanProblems problems)
    {
        int sign = text.IndexOf('=');
        if (sign < 1)
        {
            problems.Add(new(1, start), kind == "command" ? "a command is given as command:NAME=PROGRAM ARGUMENT…" : "a FIFO is given as fifo:NAME=PATH");
            return new(new(1, start), []);
        }

        var at = new Place(1, start + sign + 1);
        string behind = text[(sign + 1)..];
        YamlNode value = kind == "command"
            ? new YamlSequence(at, [.. behind.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => Scalar(at, w))])
            : Scalar(at, behind);
        return new(at, [new(Scalar(new(1, start), "name"), Scalar(new(1, start), text[..sign])), new(Scalar(at, kind == "command" ? "run" : "path"), value)]);
    }

    /// <summary>KEY=VALUE,…: a key that is there several times is a list; a comma that is meant has a backslash before it.</summary>
    private static YamlMapping Pairs(string text, int start, PlanProblems problems)
    {
        var members = new List<KeyValuePair<YamlScalar, YamlNode>>();
        foreach (IGrouping<string, (string Key, YamlScalar Value, Place At)> key in Split(text, start, problems).GroupBy(p => p.Key))
        {
            YamlScalar[] values = [.. key.Select(p => p.Value)];
            members.Add(new(Scalar(key.First().At, key.Key), values.Length == 1 ? values[0] : new YamlSequence(values[0].Place, values)));
        }

        return new(new(1, start), members);
    }

    private static List<(string Key, YamlScalar Value, Place At)> Split(string text, int start, PlanProblems problems)
    {
        var pairs = new List<(string, YamlScalar, Place)>();
        for (int from = 0; from < text.Length;)
        {
            int end = from;
            while (end < text.Length && text[end] != ',')
            {
                end += text[end] == '\\' && end + 1 < text.Length ? 2 : 1;
            }

            string pair = text[from..end];
            int sign = pair.IndexOf('=');
            var at = new Place(1, start + from);
            if (sign < 1)
            {
                problems.Add(at, $"'{pair}' is no KEY=VALUE");
            }
            else
            {
                pairs.Add((pair[..sign], Scalar(new(1, at.Column + sign + 1), pair[(sign + 1)..].Replace("\\,", ",", StringComparison.Ordinal)), at));
            }

            from = end + 1;
        }

        return pairs;
    }

    private static YamlScalar Scalar(Place at, string text) => new(at, text, IsPlain: true);
}
