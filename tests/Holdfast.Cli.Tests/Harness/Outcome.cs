using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Tests.Harness;

/// <summary>How a program ended, and what it said.</summary>
public sealed record Outcome(int ExitCode, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output);

    public string[] Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The output as one JSON document.</summary>
    public JsonNode Json => JsonNode.Parse(Output)!;

    /// <summary>The output as JSON documents, one a line.</summary>
    public JsonNode[] JsonLines => [.. Lines.Select(l => JsonNode.Parse(l)!)];

    public Outcome ShouldSucceed()
    {
        ExitCode.ShouldBe(0, Error);
        return this;
    }

    /// <summary>It failed with this code and one sentence on standard error that names what is wrong, and printed nothing.</summary>
    public void ShouldRefuse(int exitCode, params string[] named)
    {
        ExitCode.ShouldBe(exitCode, Error);
        Output.ShouldBeEmpty();
        Error.TrimEnd('\n').Split('\n').Length.ShouldBe(1, Error);
        Error.ShouldStartWith("holdfast: ");
        Error.ShouldNotContain("   at ");
        foreach (string word in named)
        {
            Error.ShouldContain(word);
        }
    }

    /// <summary>The same where it had already said what it is about to do.</summary>
    public void ShouldRefuseAfterItsFirstLine(params string[] named)
    {
        Lines.Length.ShouldBe(1, Text);
        (this with { Output = [] }).ShouldRefuse(1, named);
    }

    /// <summary>The sentence of a failure with --json, which printed nothing else.</summary>
    public string Refusal()
    {
        ExitCode.ShouldBe(1, Error);
        Output.ShouldBeEmpty();
        return (string)JsonNode.Parse(Error)!["message"]!;
    }

    /// <summary>Whether everything that restic says is said here too, with the same values; members of ours beside them are fine.</summary>
    public static void ShouldSayAllOf(JsonNode? ours, JsonNode? restics, string at = "$")
    {
        switch (restics)
        {
            case JsonObject members:
                JsonObject own = ours.ShouldBeOfType<JsonObject>(at);
                foreach ((string name, JsonNode? value) in members)
                {
                    // Newer releases of restic leave out zeros that older ones print.
                    if (!own.ContainsKey(name) && JsonNode.DeepEquals(value, 0))
                    {
                        continue;
                    }

                    own.ContainsKey(name).ShouldBeTrue($"{at}.{name} is missing");
                    ShouldSayAllOf(own[name], value, $"{at}.{name}");
                }

                break;
            case JsonArray items:
                JsonArray mine = ours.ShouldBeOfType<JsonArray>(at);
                mine.Count.ShouldBe(items.Count, at);
                for (int i = 0; i < items.Count; i++)
                {
                    ShouldSayAllOf(mine[i], items[i], $"{at}[{i}]");
                }

                break;
            case JsonValue text when text.GetValueKind() == JsonValueKind.String && DateTimeOffset.TryParse(text.GetValue<string>(), out DateTimeOffset time):
                DateTimeOffset.Parse(ours!.GetValue<string>()).ShouldBe(time, at);
                break;
            default:
                JsonNode.DeepEquals(ours, restics).ShouldBeTrue($"{at}: {ours?.ToJsonString()} and not {restics?.ToJsonString()}");
                break;
        }
    }
}
