namespace Holdfast.Plan;

/// <summary>Settings of the form <c>key = value</c> below <c>[section]</c>, as Python's and Go's readers of them have it.</summary>
internal static class IniText
{
    /// <param name="path"><c>SECTION/KEY</c>, or <c>KEY</c> alone for what stands before the first section. The case of letters is the same.</param>
    internal static SettingValue Find(string text, string path)
    {
        int slash = path.LastIndexOf('/');
        (string wanted, string key) = slash < 0 ? (string.Empty, path) : (path[..slash], path[(slash + 1)..]);
        string section = string.Empty;
        SettingValue found = SettingValue.Missing;
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.Length == 0 || line[0] is '#' or ';')
            {
                continue;
            }

            if (line[0] == '[' && line.IndexOf(']') is > 0 and int close)
            {
                section = line[1..close].Trim();
                continue;
            }

            int sign = line.AsSpan().IndexOfAny('=', ':');
            if (sign > 0 && section.Equals(wanted, StringComparison.OrdinalIgnoreCase) && line.AsSpan(0, sign).Trim().Equals(key, StringComparison.OrdinalIgnoreCase))
            {
                // The last one counts.
                found = Read(line[(sign + 1)..].Trim(), i + 1);
            }
        }

        return found;
    }

    private static SettingValue Read(string value, int line)
    {
        foreach (string quote in (string[])["\"\"\"", "`", "\"", "'"])
        {
            if (value.StartsWith(quote, StringComparison.Ordinal))
            {
                int end = value.IndexOf(quote, quote.Length, StringComparison.Ordinal);
                return end < 0 ? new(null, $"has no closing {quote} in line {line}") : new(value[quote.Length..end]);
            }
        }

        int comment = Array.FindIndex([.. value], c => c is '#' or ';');
        while (comment > 0 && value[comment - 1] is not (' ' or '\t'))
        {
            int next = value.AsSpan(comment + 1).IndexOfAny('#', ';');
            comment = next < 0 ? -1 : comment + 1 + next;
        }

        value = comment >= 0 ? value[..comment].TrimEnd() : value;
        return value.Contains("%(", StringComparison.Ordinal)
            ? new(null, $"has %(…) in line {line}, which only the application can evaluate")
            : new(value);
    }
}
