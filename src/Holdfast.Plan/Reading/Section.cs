using System.Globalization;
using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>
/// A mapping of a plan, read key by key. What is wrong becomes a problem and a value that is missing, so that one reading
/// finds all there is to say.
/// </summary>
internal sealed class Section
{
    private readonly Dictionary<string, YamlNode> _values = [];
    private readonly PlanProblems _problems;
    private readonly string _folder;
    private readonly string _what;

    /// <param name="folder">Where paths that are not absolute begin.</param>
    /// <param name="what">What messages call it, such as <c>mysql</c>.</param>
    /// <param name="keys">All that are allowed.</param>
    internal Section(YamlMapping mapping, string folder, string what, string[] keys, PlanProblems problems)
    {
        (Place, _folder, _what, _problems) = (mapping.Place, folder, what, problems);
        foreach ((YamlScalar key, YamlNode value) in mapping.Members)
        {
            if (!keys.Contains(key.Text))
            {
                string near = NearestWord.Find(key.Text, keys) is { } word ? $"; did you mean {word}? Allowed" : ": allowed";
                problems.Add(key.Place, $"{what} has no key '{key.Text}'{near} {(keys.Length > 1 ? "are" : "is")} {string.Join(", ", keys)}");
            }
            else if (!_values.TryAdd(key.Text, value))
            {
                problems.Add(key.Place, $"{key.Text} is given a second time: {what} has it once");
            }
        }
    }

    internal Place Place { get; }

    /// <summary>Whether the key is there, with or without a value.</summary>
    internal bool Has(string key) => _values.ContainsKey(key);

    internal YamlNode? Find(string key) => _values.GetValueOrDefault(key);

    /// <summary>A text that must be there.</summary>
    internal string RequiredText(string key) => Text(key) ?? Missing(key, string.Empty);

    internal string? Text(string key)
    {
        if (Find(key) is not { } node)
        {
            return null;
        }

        if (node is YamlScalar { IsMissing: false } scalar && scalar.Text.Length > 0 && !scalar.Text.Contains('\0'))
        {
            return scalar.Text;
        }

        Wrong(node, $"{key} is a text");
        return string.Empty;
    }

    internal bool Flag(string key)
    {
        YamlNode? node = Find(key);
        if (node is not (null or YamlScalar { IsPlain: true, Text: "true" or "false" }))
        {
            Wrong(node, $"{key} is true or false");
        }

        return node is YamlScalar { Text: "true" };
    }

    internal int? Port(string key)
    {
        if (Find(key) is not { } node)
        {
            return null;
        }

        if (node is YamlScalar scalar && int.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536)
        {
            return port;
        }

        Wrong(node, $"{key} is a number from 1 to 65535");
        return null;
    }

    /// <summary>A value with a unit.</summary>
    /// <param name="parse">Null for what is none.</param>
    internal T? Measure<T>(string key, Func<string, T?> parse, string allowed)
        where T : struct
    {
        if (Find(key) is not { } node)
        {
            return null;
        }

        T? value = node is YamlScalar scalar ? parse(scalar.Text) : null;
        if (value is null)
        {
            Wrong(node, $"{key} is {allowed}");
        }

        return value;
    }

    /// <summary>A path, absolute or from the folder of the file; null where there is none.</summary>
    internal string? FilePath(string key) => Text(key) is { Length: > 0 } path ? Absolute(path) : null;

    /// <summary>Texts: a list, or one without brackets.</summary>
    internal IReadOnlyList<string> Texts(string key) => Find(key) is { } node ? Texts(node, key) : [];

    internal IReadOnlyList<string> Texts(YamlNode node, string key)
    {
        YamlNode[] items = node is YamlSequence sequence ? [.. sequence.Items] : [node];
        if (items.Length == 0)
        {
            _problems.Add(node.Place, $"{key} is empty: give at least one, or leave out the key");
        }

        var texts = new List<string>();
        foreach (YamlNode item in items)
        {
            if (item is YamlScalar { IsMissing: false } scalar && scalar.Text.Length > 0 && !scalar.Text.Contains('\0'))
            {
                texts.Add(scalar.Text);
            }
            else
            {
                Wrong(item, $"{key} is a list of texts");
            }
        }

        return texts;
    }

    internal string Missing(string key, string instead)
    {
        _problems.Add(Place, $"{_what} needs {key}");
        return instead;
    }

    internal void Wrong(YamlNode node, string allowed) => _problems.Add(node.Place, $"{allowed}, and not {node.What}");

    internal string Absolute(string path) => Archiver.TargetPath.Clean(path, _folder);
}
