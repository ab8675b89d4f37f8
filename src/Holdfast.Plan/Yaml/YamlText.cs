using Holdfast.Protocol;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Holdfast.Plan;

/// <summary>
/// Reads a YAML text into nodes that know where they stand. From the parser's events, since the library's own object model and
/// serializer know no place of a wrong value, and need reflection.
/// </summary>
internal sealed class YamlText
{
    /// <summary>A plan has six levels; a text that opens thousands must not end the program.</summary>
    private const int MaxDepth = 32;

    private readonly IParser _parser;
    private readonly PlanProblems _problems;

    private YamlText(TextReader text, PlanProblems problems)
    {
        _parser = new Parser(text);
        _problems = problems;
    }

    /// <summary>The one document of the text; null where it is empty, or cannot be read: then a problem says why.</summary>
    internal static YamlNode? Read(TextReader text, PlanProblems problems)
    {
        var reader = new YamlText(text, problems);
        try
        {
            return reader.ReadDocument();
        }
        catch (YamlException e)
        {
            problems.Add(PlaceOf(e.Start), $"this is no YAML: {Sentence(e)}");
            return null;
        }
    }

    private YamlNode? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            return null;
        }

        YamlNode? node = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out DocumentStart? second))
        {
            _problems.Add(PlaceOf(second.Start), "a second document begins here: a file is one document");
        }

        return node;
    }

    private YamlNode ReadNode(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new YamlException(_parser.Current!.Start, _parser.Current.End, $"more than {MaxDepth} levels of brackets");
        }

        switch (_parser.Current)
        {
            case Scalar scalar:
                _parser.MoveNext();
                return new YamlScalar(PlaceOf(scalar.Start), scalar.Value, scalar.Style == ScalarStyle.Plain);
            case SequenceStart start:
                return new YamlSequence(PlaceOf(start.Start), ReadItems(depth));
            case MappingStart start:
                return new YamlMapping(PlaceOf(start.Start), ReadMembers(depth));
            default:
                ParsingEvent other = _parser.Current!;
                throw new YamlException(other.Start, other.End, "anchors and aliases have no place in this file: write the value once more");
        }
    }

    private List<YamlNode> ReadItems(int depth)
    {
        var items = new List<YamlNode>();
        _parser.MoveNext();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(depth + 1));
        }

        return items;
    }

    private List<KeyValuePair<YamlScalar, YamlNode>> ReadMembers(int depth)
    {
        var members = new List<KeyValuePair<YamlScalar, YamlNode>>();
        _parser.MoveNext();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            YamlNode key = ReadNode(depth + 1);
            YamlNode value = ReadNode(depth + 1);
            if (key is YamlScalar name)
            {
                members.Add(new(name, value));
            }
            else
            {
                _problems.Add(key.Place, $"a key is a word, and not {key.What}");
            }
        }

        return members;
    }

    private static Place PlaceOf(in Mark mark) => new((int)mark.Line, (int)mark.Column);

    /// <summary>The library's sentences begin with a capital and the place, and end with a full stop.</summary>
    private static string Sentence(YamlException e)
    {
        string text = e.Message.TrimEnd('.');
        int place = text.IndexOf("): ", StringComparison.Ordinal);
        text = text.StartsWith('(') && place > 0 ? text[(place + 3)..] : text;
        return text.Length > 1 && char.IsUpper(text[0]) && char.IsLower(text[1]) ? char.ToLowerInvariant(text[0]) + text[1..] : text;
    }
}
