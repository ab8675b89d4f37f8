using System.Buffers;
using System.Text;
using System.Text.Json;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>Decodes trees. Unknown members are passed over, as restic does. Keeps nothing between calls.</summary>
public static class TreeReader
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 32 };

    /// <summary>The nodes of an encoded tree, in the order in which they are stored.</summary>
    /// <exception cref="BackupException">Kind Corrupt; <paramref name="id"/> is named in it.</exception>
    public static List<Node> Decode(ReadOnlySpan<byte> encoded, TreeId id)
    {
        try
        {
            return Decode(encoded);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw BackupException.Corrupt($"tree {id} is damaged: {e.Message}", e);
        }
    }

    private static List<Node> Decode(ReadOnlySpan<byte> encoded)
    {
        var nodes = new List<Node>();
        var json = new Utf8JsonReader(encoded, Options);
        var names = new NameMemory();
        Require(json.Read() && json.TokenType == JsonTokenType.StartObject, "it does not begin as a tree");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isNodes = json.ValueTextEquals("nodes"u8);
            json.Read();
            if (!isNodes || json.TokenType == JsonTokenType.Null)
            {
                json.Skip();
                continue;
            }

            Require(json.TokenType == JsonTokenType.StartArray, "its nodes are no list");
            while (json.Read() && json.TokenType == JsonTokenType.StartObject)
            {
                nodes.Add(ReadNode(ref json, ref names));
            }

            Require(json.TokenType == JsonTokenType.EndArray, "one of its nodes is no object");
        }

        Require(json.TokenType == JsonTokenType.EndObject, "it does not end as a tree");
        return nodes;
    }

    private static Node ReadNode(ref Utf8JsonReader json, ref NameMemory names)
    {
        byte[]? name = null, rawTarget = null;
        NodeType? type = null;
        uint mode = 0, uid = 0, gid = 0;
        FileTime mtime = default, atime = default, ctime = default;
        string user = string.Empty, group = string.Empty, error = string.Empty;
        ulong inode = 0, deviceId = 0, size = 0, links = 0, device = 0;
        byte[] target = [], generic = [];
        ExtendedAttribute[] attributes = [];
        BlobId[]? content = null;
        TreeId? subtree = null;

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            Member member = MemberOf(json.ValueSpan);
            json.Read();
            switch (member)
            {
                case Member.Name:
                    Require(GoQuote.TryUnquote(Text(ref json), out name), "a name is not quoted as it should be");
                    break;
                case Member.Type:
                    type = TypeOf(Text(ref json));
                    break;
                case Member.Mode:
                    mode = json.GetUInt32();
                    break;
                case Member.ModifyTime:
                    mtime = Time(ref json);
                    break;
                case Member.AccessTime:
                    atime = Time(ref json);
                    break;
                case Member.ChangeTime:
                    ctime = Time(ref json);
                    break;
                case Member.UserId:
                    uid = json.GetUInt32();
                    break;
                case Member.GroupId:
                    gid = json.GetUInt32();
                    break;
                case Member.User:
                    user = names.User(Text(ref json));
                    break;
                case Member.Group:
                    group = names.Group(Text(ref json));
                    break;
                case Member.Inode:
                    inode = json.GetUInt64();
                    break;
                case Member.DeviceId:
                    deviceId = json.GetUInt64();
                    break;
                case Member.Size:
                    size = json.GetUInt64();
                    break;
                case Member.Links:
                    links = json.GetUInt64();
                    break;
                case Member.LinkTarget:
                    target = Text(ref json).ToArray();
                    break;
                case Member.LinkTargetRaw:
                    rawTarget = json.TokenType == JsonTokenType.Null ? null : json.GetBytesFromBase64();
                    break;
                case Member.ExtendedAttributes:
                    attributes = Attributes(ref json);
                    break;
                case Member.GenericAttributes:
                    generic = Raw(ref json);
                    break;
                case Member.Device:
                    device = json.GetUInt64();
                    break;
                case Member.Content:
                    content = Content(ref json);
                    break;
                case Member.Subtree:
                    subtree = json.TokenType == JsonTokenType.Null ? null : new TreeId(Hash(ref json));
                    break;
                case Member.Error:
                    error = Encoding.UTF8.GetString(Text(ref json));
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        Require(name is not null && type is not null, "a node lacks its name or type");
        return new Node
        {
            Name = name!, Type = type!.Value, Mode = mode, ModifyTime = mtime, AccessTime = atime, ChangeTime = ctime,
            UserId = uid, GroupId = gid, User = user, Group = group, Inode = inode, DeviceId = deviceId, Size = size,
            Links = links, LinkTarget = rawTarget ?? target, ExtendedAttributes = attributes, GenericAttributes = generic,
            Device = device, Content = content, Subtree = subtree, Error = error,
        };
    }

    private static Member MemberOf(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("name"u8) => Member.Name,
        _ when name.SequenceEqual("type"u8) => Member.Type,
        _ when name.SequenceEqual("mode"u8) => Member.Mode,
        _ when name.SequenceEqual("mtime"u8) => Member.ModifyTime,
        _ when name.SequenceEqual("atime"u8) => Member.AccessTime,
        _ when name.SequenceEqual("ctime"u8) => Member.ChangeTime,
        _ when name.SequenceEqual("uid"u8) => Member.UserId,
        _ when name.SequenceEqual("gid"u8) => Member.GroupId,
        _ when name.SequenceEqual("user"u8) => Member.User,
        _ when name.SequenceEqual("group"u8) => Member.Group,
        _ when name.SequenceEqual("inode"u8) => Member.Inode,
        _ when name.SequenceEqual("size"u8) => Member.Size,
        _ when name.SequenceEqual("links"u8) => Member.Links,
        _ when name.SequenceEqual("content"u8) => Member.Content,
        _ when name.SequenceEqual("subtree"u8) => Member.Subtree,
        _ when name.SequenceEqual("device_id"u8) => Member.DeviceId,
        _ when name.SequenceEqual("linktarget"u8) => Member.LinkTarget,
        _ when name.SequenceEqual("linktarget_raw"u8) => Member.LinkTargetRaw,
        _ when name.SequenceEqual("extended_attributes"u8) => Member.ExtendedAttributes,
        _ when name.SequenceEqual("generic_attributes"u8) => Member.GenericAttributes,
        _ when name.SequenceEqual("device"u8) => Member.Device,
        _ when name.SequenceEqual("error"u8) => Member.Error,
        _ => Member.Unknown,
    };

    private static NodeType TypeOf(ReadOnlySpan<byte> name)
    {
        for (NodeType type = NodeType.File; type <= NodeType.Irregular; type++)
        {
            if (name.SequenceEqual(TreeWriter.TypeName(type)))
            {
                return type;
            }
        }

        throw new FormatException("a node is of an unknown type");
    }

    /// <summary>The UTF-8 of a string token, with JSON's escapes resolved.</summary>
    private static ReadOnlySpan<byte> Text(ref Utf8JsonReader json)
    {
        Require(json.TokenType == JsonTokenType.String, "a text is expected where there is none");
        if (!json.ValueIsEscaped)
        {
            return json.ValueSpan;
        }

        var plain = new byte[json.ValueSpan.Length];
        return plain.AsSpan(0, json.CopyString(plain));
    }

    private static FileTime Time(ref Utf8JsonReader json)
    {
        Require(Timestamp.TryRead(Text(ref json), out FileTime time), "a time is not RFC 3339");
        return time;
    }

    private static Hash256 Hash(ref Utf8JsonReader json)
    {
        Require(Hash256.TryParse(Text(ref json), out Hash256 hash), "an id is not a SHA-256 in hexadecimal digits");
        return hash;
    }

    private static BlobId[]? Content(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        Require(json.TokenType == JsonTokenType.StartArray, "the content of a node is no list");
        var ids = new List<BlobId>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            ids.Add(new(Hash(ref json)));
        }

        return [.. ids];
    }

    private static ExtendedAttribute[] Attributes(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return [];
        }

        Require(json.TokenType == JsonTokenType.StartArray, "the extended attributes of a node are no list");
        var attributes = new List<ExtendedAttribute>();
        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            byte[] name = [], value = [];
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool isName = json.ValueTextEquals("name"u8);
                bool isValue = json.ValueTextEquals("value"u8);
                json.Read();
                if (isName)
                {
                    name = Text(ref json).ToArray();
                }
                else if (isValue && json.TokenType != JsonTokenType.Null)
                {
                    value = json.GetBytesFromBase64();
                }
                else
                {
                    json.Skip();
                }
            }

            attributes.Add(new(name, value));
        }

        Require(json.TokenType == JsonTokenType.EndArray, "an extended attribute is no object");

        return [.. attributes];
    }

    /// <summary>A whole value as its JSON text.</summary>
    private static byte[] Raw(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return [];
        }

        using JsonDocument document = JsonDocument.ParseValue(ref json);
        return Encoding.UTF8.GetBytes(document.RootElement.GetRawText());
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new FormatException(otherwise);
        }
    }

    private enum Member
    {
        Unknown, Name, Type, Mode, ModifyTime, AccessTime, ChangeTime, UserId, GroupId, User, Group, Inode, DeviceId, Size,
        Links, LinkTarget, LinkTargetRaw, ExtendedAttributes, GenericAttributes, Device, Content, Subtree, Error,
    }

    /// <summary>Most nodes of a directory belong to the same user and group: their names need be made only once.</summary>
    private struct NameMemory
    {
        private byte[]? _userBytes;
        private string? _user;
        private byte[]? _groupBytes;
        private string? _group;

        internal string User(ReadOnlySpan<byte> name) => Remember(name, ref _userBytes, ref _user);

        internal string Group(ReadOnlySpan<byte> name) => Remember(name, ref _groupBytes, ref _group);

        private static string Remember(ReadOnlySpan<byte> name, ref byte[]? bytes, ref string? text)
        {
            if (text is null || !name.SequenceEqual(bytes))
            {
                bytes = name.ToArray();
                text = Encoding.UTF8.GetString(name);
            }

            return text;
        }
    }
}
