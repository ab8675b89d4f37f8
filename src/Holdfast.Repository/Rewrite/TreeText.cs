using System.Buffers;
using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// An encoded tree as text, from which nodes are taken, or in which they get another subtree or content. All else stays
/// as it was written, byte for byte: members that this version does not know, and the zone that times are written in.
/// </summary>
internal sealed class TreeText
{
    private readonly byte[] _encoded;
    private readonly List<NodeText> _nodes = [];
    private int _begin = -1;
    private int _end;

    /// <exception cref="BackupException">Kind Unsupported: it reads as a tree, and is not written as one is.</exception>
    internal TreeText(byte[] encoded, TreeId id, int count)
    {
        _encoded = encoded;
        Find();
        if (_begin < 0 || _nodes.Count != count)
        {
            throw new BackupException(BackupErrorKind.Unsupported, $"tree {id} is written in a form that cannot be changed without losing something");
        }
    }

    /// <param name="nodes">The numbers of the nodes that stay, in their order from now on.</param>
    /// <param name="edit">What becomes of a node, by its number.</param>
    internal byte[] Edit(IEnumerable<int> nodes, Func<int, NodeEdit> edit)
    {
        var text = new ArrayBufferWriter<byte>(_encoded.Length);
        text.Write(_encoded.AsSpan(0, _begin));
        bool isFirst = true;
        foreach (int number in nodes)
        {
            text.Write(isFirst ? [] : ","u8);
            isFirst = false;
            _nodes[number].Write(_encoded, edit(number), text);
        }

        text.Write(_encoded.AsSpan(_end));
        return text.WrittenSpan.ToArray();
    }

    /// <summary>The tree was decoded before, so it is well-formed.</summary>
    private void Find()
    {
        var json = new Utf8JsonReader(_encoded, new JsonReaderOptions { MaxDepth = 32 });
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isNodes = json.ValueTextEquals("nodes"u8);
            json.Read();
            if (!isNodes || json.TokenType == JsonTokenType.Null)
            {
                json.Skip();
                continue;
            }

            _begin = (int)json.BytesConsumed;
            while (json.Read() && json.TokenType == JsonTokenType.StartObject)
            {
                _nodes.Add(NodeText.Read(ref json));
            }

            _end = (int)json.TokenStartIndex;
        }
    }
}
