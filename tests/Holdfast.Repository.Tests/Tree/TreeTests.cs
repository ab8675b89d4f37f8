using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Repository.Tests.Tree;

public sealed class TreeTests
{
    private static readonly TreeId Id = new(Hash256.Of("tree"u8));

    [Theory]
    [InlineData("UTC")]
    [InlineData("America/St_Johns")]
    public void Any_nodes_come_back_from_a_tree_and_are_encoded_alike_again(string zone)
    {
        var writer = new TreeWriter(TimeZoneInfo.FindSystemTimeZoneById(zone));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Nodes.Trees(), nodes =>
        {
            byte[] encoded = writer.Encode(nodes).ToArray();
            List<Node> decoded = TreeReader.Decode(encoded, Id);
            return Nodes.Describe(decoded) == Nodes.Describe(nodes) && writer.Encode(decoded).Span.SequenceEqual(encoded);
        }));
    }

    [Fact]
    public void An_empty_tree_is_restics_empty_tree()
    {
        ReadOnlyMemory<byte> encoded = new TreeWriter(TimeZoneInfo.Utc).Encode([]);
        Encoding.ASCII.GetString(encoded.Span).ShouldBe("{\"nodes\":[]}\n");
        TreeReader.Decode(encoded.Span, Id).ShouldBeEmpty();
    }

    [Fact]
    public void A_tree_larger_than_its_first_buffer_is_whole()
    {
        Node[] nodes = [.. Enumerable.Range(0, 5000).Select(i => new Node { Name = Encoding.ASCII.GetBytes($"{i:d5}"), Type = NodeType.File, Content = [] })];
        byte[] encoded = new TreeWriter(TimeZoneInfo.Utc).Encode(nodes).ToArray();
        Nodes.Describe(TreeReader.Decode(encoded, Id)).ShouldBe(Nodes.Describe(nodes));
    }

    [Theory]
    [InlineData("b", "a")]
    [InlineData("a", "a")]
    [InlineData("é", "z")]
    public void Nodes_out_of_byte_order_are_refused(string first, string second)
    {
        Node[] nodes = [.. new[] { first, second }.Select(n => new Node { Name = Encoding.UTF8.GetBytes(n), Type = NodeType.File })];
        Should.Throw<ArgumentException>(() => new TreeWriter(TimeZoneInfo.Utc).Encode(nodes));
    }

    [Fact]
    public void Members_that_this_version_does_not_know_are_passed_over()
    {
        List<Node> nodes = TreeReader.Decode(
            """{"version":9,"nodes":[{"future":{"a":[1,2]},"name":"a","type":"file","uid":7,"future2":null}],"end":[]}"""u8, Id);
        nodes.ShouldHaveSingleItem().UserId.ShouldBe(7u);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"nodes\":7}")]
    [InlineData("{\"nodes\":[7]}")]
    [InlineData("{\"nodes\":[null,{\"name\":\"a\",\"type\":\"file\"}]}")]
    [InlineData("{\"nodes\":[{\"name\":\"a\"}]}")]
    [InlineData("{\"nodes\":[{\"type\":\"file\"}]}")]
    [InlineData("{\"nodes\":[{\"name\":\"a\",\"type\":\"unknown\"}]}")]
    [InlineData("{\"nodes\":[{\"name\":\"\\\\x\",\"type\":\"file\"}]}")]
    [InlineData("{\"nodes\":[{\"name\":\"a\",\"type\":\"file\",\"mtime\":\"today\"}]}")]
    [InlineData("{\"nodes\":[{\"name\":\"a\",\"type\":\"file\",\"mode\":-1}]}")]
    [InlineData("{\"nodes\":[{\"name\":\"a\",\"type\":\"file\",\"content\":[\"00\"]}]}")]
    [InlineData("{\"nodes\":[{\"name\":\"a\",\"type\":\"file\",\"extended_attributes\":[7,{}]}]}")]
    [InlineData("{\"nodes\":[{\"name\":\"a\",\"type\":\"file\"}")]
    public void A_damaged_tree_is_named(string json)
    {
        BackupException e = Should.Throw<BackupException>(() => TreeReader.Decode(Encoding.UTF8.GetBytes(json), Id));
        e.Kind.ShouldBe(BackupErrorKind.Corrupt);
        e.Message.ShouldContain(Id.ToString());
    }

    [Theory]
    [InlineData(FileKind.Regular, 0x1EDu, 0x1EDu)]
    [InlineData(FileKind.Directory, 0x1EDu, 0x800001EDu)]
    [InlineData(FileKind.SymbolicLink, 0x1FFu, 0x080001FFu)]
    [InlineData(FileKind.Regular, 0x9EDu, 0x008001EDu)]
    [InlineData(FileKind.Regular, 0x5EDu, 0x004001EDu)]
    [InlineData(FileKind.Directory, 0x3FFu, 0x801001FFu)]
    [InlineData(FileKind.BlockDevice, 0x1B0u, 0x040001B0u)]
    [InlineData(FileKind.CharacterDevice, 0x1B0u, 0x042001B0u)]
    [InlineData(FileKind.Fifo, 0x1A4u, 0x020001A4u)]
    [InlineData(FileKind.Socket, 0x1EDu, 0x010001EDu)]
    public void Modes_are_in_the_bits_of_Go(FileKind kind, uint permissions, uint mode)
    {
        FileMode.FromKernel(kind, permissions).ShouldBe(mode);
        FileMode.ToKernelPermissions(mode).ShouldBe(permissions);
    }
}
