using System.Buffers;
using System.Text;
using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// An encoded tree as text, from which nodes are taken, or in which they get another subtree. All else stays as it was
/// written, byte for byte: members that this version does not know, and the zone that times are written in.
/// </summary>
internal sealed class TreeText
{
    private readonly byte[] _encoded;
    private readonly List<(int Start, int End, int Subtree)> _nodes = [];
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

    /// <param name="drops">Whether a node goes, by its number.</param>
    /// <param name="subtree">The tree that a node has from now on; null to leave what it has.</param>
    internal byte[] Edit(Func<int, bool> drops, Func<int, TreeId?> subtree)
    {
        var text = new ArrayBufferWriter<byte>(_encoded.Length);
        text.Write(_encoded.AsSpan(0, _begin));
        bool isFirst = true;
        for (int i = 0; i < _nodes.Count; i++)
        {
            if (drops(i))
            {
                continue;
            }

            text.Write(isFirst ? [] : ","u8);
            isFirst = false;
            (int start, int end, int at) = _nodes[i];
            if (at > 0 && subtree(i) is { } tree)
            {
                text.Write(_encoded.AsSpan(start..at));
                text.Write(Encoding.ASCII.GetBytes(tree.ToString()));
                start = at + (2 * Hash256.Size);
            }

            text.Write(_encoded.AsSpan(start..end));
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
                int start = (int)json.TokenStartIndex;
                int subtree = FindSubtree(ref json);
                _nodes.Add((start, (int)json.BytesConsumed, subtree));
            }

            _end = (int)json.TokenStartIndex;
        }
    }

    /// <summary>Reads to the end of a node; returns where the digits of its subtree begin, 0 where it has none.</summary>
    private static int FindSubtree(ref Utf8JsonReader json)
    {
        int at = 0;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isSubtree = json.ValueTextEquals("subtree"u8);
            json.Read();
            if (isSubtree && json.TokenType == JsonTokenType.String && json.ValueSpan.Length == 2 * Hash256.Size)
            {
                at = (int)json.TokenStartIndex + 1;
            }

            json.Skip();
        }

        return at;
    }
}
