using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Linux;

namespace Holdfast.Repository.Tests.Tree;

/// <summary>Arbitrary nodes, and a way to compare them: records compare their arrays by reference.</summary>
internal static class Nodes
{
    internal static Arbitrary<Node[]> Trees() =>
        Gen.ArrayOf(One()).Select(nodes => nodes.DistinctBy(n => Convert.ToHexString(n.Name)).OrderBy(n => Convert.ToHexString(n.Name), StringComparer.Ordinal).ToArray())
            .ToArbitrary();

    internal static string Describe(IEnumerable<Node> nodes) => string.Join('\n', nodes.Select(Describe));

    internal static string Describe(Node n) => string.Join('|',
        Convert.ToHexString(n.Name), n.Type, n.Mode, n.ModifyTime, n.AccessTime, n.ChangeTime, n.UserId, n.GroupId, n.User, n.Group, n.Inode, n.DeviceId,
        n.Size, n.Links, Convert.ToHexString(n.LinkTarget), Encoding.UTF8.GetString(n.GenericAttributes), n.Device, n.Subtree, n.Error,
        string.Join(',', n.ExtendedAttributes.Select(a => $"{Convert.ToHexString(a.Name)}={Convert.ToHexString(a.Value)}")),
        n.Content is null ? "none" : string.Join(',', n.Content));

    private static Gen<Node> One() =>
        from name in Bytes().Where(b => b.Length > 0)
        from type in Gen.Elements(Enum.GetValues<NodeType>())
        from numbers in Gen.ArrayOf(ArbMap.Default.GeneratorFor<ulong>(), 6)
        from small in Gen.ArrayOf(ArbMap.Default.GeneratorFor<uint>(), 3)
        from times in Gen.ArrayOf(Time(), 3)
        from texts in Gen.ArrayOf(Text(), 3)
        from target in Bytes()
        from attributes in Gen.ArrayOf(Attribute())
        from content in Gen.OneOf(Gen.Constant<BlobId[]?>(null), Gen.ArrayOf(Id().Select(h => new BlobId(h))).Select(c => (BlobId[]?)c))
        from subtree in Gen.OneOf(Gen.Constant<TreeId?>(null), Id().Select(h => (TreeId?)new TreeId(h)))
        from generic in Gen.Elements("", """{"windows.creation_time":"AAECAwQFBgc=","x":[1,{"y":null}]}""")
        select new Node
        {
            Name = name, Type = type, Mode = small[0], UserId = small[1], GroupId = small[2], ModifyTime = times[0], AccessTime = times[1],
            ChangeTime = times[2], User = texts[0], Group = texts[1], Error = texts[2], Inode = numbers[0], DeviceId = numbers[1], Size = numbers[2],
            Links = numbers[3], Device = numbers[4], LinkTarget = target, ExtendedAttributes = attributes, Content = content, Subtree = subtree,
            GenericAttributes = Encoding.UTF8.GetBytes(generic),
        };

    private static Gen<byte[]> Bytes() => Gen.OneOf(
        ArbMap.Default.GeneratorFor<byte[]>(), Text().Select(Encoding.UTF8.GetBytes),
        Gen.ArrayOf(Gen.Elements("é"u8.ToArray(), [0xFF], [0xC3], "\\"u8.ToArray(), "\""u8.ToArray(), "<"u8.ToArray(), [0xE2, 0x80, 0xA8], [0], [0x7F]))
            .Select(p => p.SelectMany(b => b).ToArray()));

    private static Gen<string> Text() => Gen.ArrayOf(Gen.Elements("", "root", "ü", "😀", "\n", "\"", "<>&", "\u2028", "\ufffd", "\b", "\0")).Select(string.Concat);

    private static Gen<ExtendedAttribute> Attribute() =>
        from name in Text()
        from value in ArbMap.Default.GeneratorFor<byte[]>()
        select new ExtendedAttribute(Encoding.UTF8.GetBytes(name), value);

    private static Gen<FileTime> Time() =>
        from high in Gen.Choose(-62_135, 253_401)
        from low in Gen.Choose(0, 999_999)
        from nanoseconds in Gen.Choose(0, 999_999_999)
        select new FileTime((high * 1_000_000L) + low, nanoseconds);

    private static Gen<Hash256> Id() => ArbMap.Default.GeneratorFor<int>().Select(i => Hash256.Of(BitConverter.GetBytes(i)));
}
