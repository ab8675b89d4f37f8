using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Holdfast.Repository;

/// <summary>Where a node lies in the text of its tree, and those of its members, with their names, that may get another value.</summary>
internal readonly record struct NodeText(Range Whole, Range Size, Range Content, Range Subtree)
{
    /// <summary>Reads to the end of a node, at whose beginning the reader stands. Names are compared as the decoder compares them.</summary>
    internal static NodeText Read(ref Utf8JsonReader json)
    {
        int start = (int)json.TokenStartIndex;
        Range size = default, content = default, subtree = default;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            int at = (int)json.TokenStartIndex;
            ReadOnlySpan<byte> name = json.ValueSpan;
            json.Read();
            json.Skip();
            Range member = at..(int)json.BytesConsumed;
            size = name.SequenceEqual("size"u8) ? member : size;
            content = name.SequenceEqual("content"u8) ? member : content;
            subtree = name.SequenceEqual("subtree"u8) ? member : subtree;
        }

        return new(start..(int)json.BytesConsumed, size, content, subtree);
    }

    /// <summary>Writes the node with other values, restic's way: a size of zero is left out. A member that it lacks comes last.</summary>
    internal void Write(ReadOnlySpan<byte> tree, NodeEdit edit, IBufferWriter<byte> text)
    {
        (Range Place, string? Member)[] changes =
        [
            (Size, edit.Size is { } size ? string.Create(CultureInfo.InvariantCulture, $"\"size\":{size}") : null),
            (Content, edit.Content is { } content ? $"\"content\":[{string.Join(',', content.Select(b => $"\"{b}\""))}]" : null),
            (Subtree, edit.Subtree is { } subtree ? $"\"subtree\":\"{subtree}\"" : null),
        ];
        int at = Whole.Start.Value;
        var last = new StringBuilder();
        foreach ((Range place, string? member) in changes.Where(c => c.Member is not null).OrderBy(c => c.Place.Start.Value))
        {
            int start = place.Start.Value;
            bool goes = edit.Size == 0 && place.Equals(Size) && (start == 0 || tree[start - 1] == ',');
            if (start == 0)
            {
                last.Append(goes ? null : "," + member);
                continue;
            }

            text.Write(tree[at..(goes ? start - 1 : start)]);
            text.Write(goes ? [] : Encoding.ASCII.GetBytes(member!));
            at = place.End.Value;
        }

        text.Write(tree[at..(Whole.End.Value - 1)]);
        text.Write(Encoding.ASCII.GetBytes(last.ToString()));
        text.Write("}"u8);
    }
}
