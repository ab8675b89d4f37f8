using System.Text.Json;

namespace Holdfast.Plan;

/// <summary>Settings in YAML and JSON, by the keys on the way.</summary>
internal static class TreeText
{
    internal static SettingValue FindInYaml(string text, string path)
    {
        var problems = new PlanProblems(string.Empty);
        YamlNode? node = YamlText.Read(new StringReader(text), problems);
        if (!problems.IsEmpty)
        {
            return new(null, $"cannot be read: {problems.All[0].Message} in line {problems.All[0].Place.Line}");
        }

        foreach (string key in path.Split('/'))
        {
            node = (node as YamlMapping)?.Members.LastOrDefault(m => m.Key.Text == key).Value;
        }

        return node switch
        {
            null or YamlScalar { IsMissing: true } => SettingValue.Missing,
            YamlScalar scalar => new(scalar.Text),
            YamlMapping mapping => new(string.Join(',', mapping.Members.Select(m => m.Key.Text))),
            _ => new(null, $"is a list in line {node.Place.Line}"),
        };
    }

    internal static SettingValue FindInJson(string text, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            JsonElement element = document.RootElement;
            foreach (string key in path.Split('/'))
            {
                if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(key, out element))
                {
                    return SettingValue.Missing;
                }
            }

            return element.ValueKind switch
            {
                JsonValueKind.Null => SettingValue.Missing,
                JsonValueKind.String => new(element.GetString()),
                JsonValueKind.Object => new(string.Join(',', element.EnumerateObject().Select(p => p.Name))),
                JsonValueKind.Array => new(null, "is a list"),
                _ => new(element.GetRawText()),
            };
        }
        catch (InvalidOperationException)
        {
            return new(null, "cannot be read: this is no text that JSON may have"); // half of a surrogate pair
        }
        catch (JsonException e)
        {
            return new(null, $"cannot be read: this is no JSON in line {e.LineNumber + 1}");
        }
    }
}
