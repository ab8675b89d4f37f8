using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// Encodes a tree byte for byte as restic does, so that both tools give the same directory the same id: member order,
/// omitted zeros, escapes and the newline at the end. Reusable; one thread at a time.
/// </summary>
public sealed class TreeWriter
{
    private static readonly SearchValues<byte> JsonPlain = SearchValues.Create(
        " !#$%'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~\u007f"u8);

    private readonly TimeZoneInfo _zone;
    private byte[] _buffer = new byte[64 * 1024];
    private int _length;

    /// <param name="zone">The zone in which times are written: the machine's own, as restic has it.</param>
    public TreeWriter(TimeZoneInfo zone) => _zone = zone;

    /// <summary>Encodes the nodes, which must be in byte order of their names, without duplicates. Valid until the next call.</summary>
    /// <exception cref="ArgumentException">The nodes are not in order.</exception>
    public ReadOnlyMemory<byte> Encode(IReadOnlyList<Node> nodes)
    {
        _length = 0;
        Append("{\"nodes\":["u8);
        for (int i = 0; i < nodes.Count; i++)
        {
            if (i > 0)
            {
                if (nodes[i].Name.AsSpan().SequenceCompareTo(nodes[i - 1].Name) <= 0)
                {
                    throw new ArgumentException($"nodes are out of order at {PathText.Printable(nodes[i].NameText)}", nameof(nodes));
                }

                Append(","u8);
            }

            Append(nodes[i]);
        }

        Append("]}\n"u8);
        return _buffer.AsMemory(0, _length);
    }

    /// <summary>How a type is written.</summary>
    internal static ReadOnlySpan<byte> TypeName(NodeType type) => type switch
    {
        NodeType.File => "file"u8,
        NodeType.Dir => "dir"u8,
        NodeType.Symlink => "symlink"u8,
        NodeType.Dev => "dev"u8,
        NodeType.CharDev => "chardev"u8,
        NodeType.Fifo => "fifo"u8,
        NodeType.Socket => "socket"u8,
        _ => "irregular"u8,
    };

    private void Append(Node node)
    {
        Append("{\"name\":\""u8);
        if (GoQuote.IsPlain(node.Name))
        {
            Append(node.Name);
        }
        else
        {
            AppendEscaped(GoQuote.Quote(node.Name));
        }

        Append("\",\"type\":\""u8);
        Append(TypeName(node.Type));
        Append("\""u8);
        AppendIfSet(",\"mode\":"u8, node.Mode);
        AppendTime(",\"mtime\":\""u8, node.ModifyTime);
        AppendTime(",\"atime\":\""u8, node.AccessTime);
        AppendTime(",\"ctime\":\""u8, node.ChangeTime);
        Append(",\"uid\":"u8);
        AppendNumber(node.UserId);
        Append(",\"gid\":"u8);
        AppendNumber(node.GroupId);
        AppendIfSet(",\"user\":\""u8, node.User);
        AppendIfSet(",\"group\":\""u8, node.Group);
        AppendIfSet(",\"inode\":"u8, node.Inode);
        AppendIfSet(",\"device_id\":"u8, node.DeviceId);
        AppendIfSet(",\"size\":"u8, node.Size);
        AppendIfSet(",\"links\":"u8, node.Links);
        AppendLinkTarget(node.LinkTarget);
        AppendAttributes(node);
        AppendIfSet(",\"device\":"u8, node.Device);
        AppendContent(node.Content);
        if (node.Subtree is { } subtree)
        {
            Append(",\"subtree\":"u8);
            AppendHash(subtree.Hash);
        }

        AppendIfSet(",\"error\":\""u8, node.Error);
        Append("}"u8);
    }

    private void AppendLinkTarget(byte[] target)
    {
        if (target.Length == 0)
        {
            return;
        }

        Append(",\"linktarget\":\""u8);
        AppendEscaped(target);
        Append("\""u8);
        if (!System.Text.Unicode.Utf8.IsValid(target))
        {
            Append(",\"linktarget_raw\":"u8);
            AppendBase64(target);
        }
    }

    private void AppendAttributes(Node node)
    {
        for (int i = 0; i < node.ExtendedAttributes.Length; i++)
        {
            Append(i == 0 ? ",\"extended_attributes\":[{\"name\":\""u8 : ",{\"name\":\""u8);
            AppendEscaped(node.ExtendedAttributes[i].Name);
            Append("\",\"value\":"u8);
            AppendBase64(node.ExtendedAttributes[i].Value);
            Append(i == node.ExtendedAttributes.Length - 1 ? "}]"u8 : "}"u8);
        }

        if (node.GenericAttributes.Length > 0)
        {
            Append(",\"generic_attributes\":"u8);
            Append(node.GenericAttributes);
        }
    }

    private void AppendContent(BlobId[]? content)
    {
        Append(",\"content\":"u8);
        if (content is null)
        {
            Append("null"u8);
            return;
        }

        Append("["u8);
        for (int i = 0; i < content.Length; i++)
        {
            if (i > 0)
            {
                Append(","u8);
            }

            AppendHash(content[i].Hash);
        }

        Append("]"u8);
    }

    private void AppendHash(Hash256 hash)
    {
        Span<byte> target = Room((2 * Hash256.Size) + 2);
        target[0] = (byte)'"';
        Convert.TryToHexStringLower(hash.Span, target[1..], out _);
        target[^1] = (byte)'"';
        _length += target.Length;
    }

    private void AppendTime(ReadOnlySpan<byte> member, FileTime time)
    {
        Append(member);
        _length += Timestamp.Write(time, _zone, Room(Timestamp.MaxLength));
        Append("\""u8);
    }

    private void AppendIfSet(ReadOnlySpan<byte> member, ulong value)
    {
        if (value != 0)
        {
            Append(member);
            AppendNumber(value);
        }
    }

    private void AppendIfSet(ReadOnlySpan<byte> member, string value)
    {
        if (value.Length > 0)
        {
            Append(member);
            AppendEscaped(Encoding.UTF8.GetBytes(value));
            Append("\""u8);
        }
    }

    private void AppendNumber(ulong value)
    {
        Utf8Formatter.TryFormat(value, Room(20), out int written);
        _length += written;
    }

    private void AppendBase64(byte[] value)
    {
        Append("\""u8);
        Base64.EncodeToUtf8(value, Room(Base64.GetMaxEncodedToUtf8Length(value.Length)), out _, out int written);
        _length += written;
        Append("\""u8);
    }

    /// <summary>The inside of a JSON string, escaped as Go's encoder escapes it, with its safety for HTML.</summary>
    private void AppendEscaped(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            int run = text.IndexOfAnyExcept(JsonPlain);
            Append(run < 0 ? text : text[..run]);
            if (run < 0)
            {
                return;
            }

            text = text[run..];
            OperationStatus status = Rune.DecodeFromUtf8(text, out Rune rune, out int consumed);
            switch (rune.Value)
            {
                case var _ when status != OperationStatus.Done:
                    Append("\\ufffd"u8);
                    consumed = 1;
                    break;
                case '"' or '\\':
                    Append([(byte)'\\', (byte)rune.Value]);
                    break;
                case '\b':
                    Append("\\b"u8);
                    break;
                case '\f':
                    Append("\\f"u8);
                    break;
                case '\n':
                    Append("\\n"u8);
                    break;
                case '\r':
                    Append("\\r"u8);
                    break;
                case '\t':
                    Append("\\t"u8);
                    break;
                case < ' ' or '<' or '>' or '&' or 0x2028 or 0x2029:
                    Append(Encoding.ASCII.GetBytes($"\\u{rune.Value:x4}"));
                    break;
                default:
                    Append(text[..consumed]);
                    break;
            }

            text = text[consumed..];
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
    }

    private Span<byte> Room(int length)
    {
        if (_buffer.Length - _length < length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + length));
        }

        return _buffer.AsSpan(_length, length);
    }
}
