using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>The version of a server or a tool.</summary>
internal readonly partial record struct MySqlVersion(bool IsMariaDb, int Major, int Minor, string Text)
{
    /// <summary>Of what <c>select version()</c> says: <c>10.11.6-MariaDB-log</c>, <c>8.0.36</c>.</summary>
    internal static MySqlVersion OfServer(string text) => Parse(Number().Match(text), text);

    /// <summary>
    /// Of what a tool says: <c>Ver 10.19 Distrib 10.11.6-MariaDB, for …</c>, from 11.0 on <c>from 11.4.2-MariaDB, client 15.2 for …</c>,
    /// MySQL's <c>Ver 8.0.36 for …</c>.
    /// </summary>
    internal static MySqlVersion OfTool(string text)
    {
        Match match = DistributionNumber().Match(text);
        return Parse(match.Success ? match : Number().Match(text), text);
    }

    /// <summary>Whether a tool of this version may not know what that server has.</summary>
    internal bool IsOlderThan(MySqlVersion server) => IsMariaDb == server.IsMariaDb && (Major, Minor).CompareTo((server.Major, server.Minor)) < 0;

    private static MySqlVersion Parse(Match match, string text) =>
        match.Success
            ? new(text.Contains("MariaDB", StringComparison.OrdinalIgnoreCase), Whole(match.Groups[1]), Whole(match.Groups[2]), match.Value.Split(' ')[^1])
            : throw new BackupException(BackupErrorKind.Source, $"'{text.Trim()}' is no version that could be understood");

    private static int Whole(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"([0-9]{1,4})\.([0-9]{1,4})(\.[0-9]{1,4})?")]
    private static partial Regex Number();

    [GeneratedRegex(@"(?:Distrib|from) ([0-9]{1,4})\.([0-9]{1,4})(\.[0-9]{1,4})?")]
    private static partial Regex DistributionNumber();
}
