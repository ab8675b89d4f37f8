using System.Text;
using BenchmarkDotNet.Attributes;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Bench;

/// <summary>Encodes and decodes the tree of a folder with a thousand files.</summary>
public class TreeBenchmark
{
    private readonly TreeWriter _writer = new(TimeZoneInfo.Utc);
    private readonly List<Node> _nodes = [];
    private byte[] _encoded = [];
    private TreeId _id;

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        for (int i = 0; i < 1000; i++)
        {
            var time = new FileTime(1_700_000_000 + random.Next(100_000_000), random.Next(1_000_000_000));
            _nodes.Add(new()
            {
                Name = Encoding.ASCII.GetBytes($"some-file-{i:d6}.txt"), Type = NodeType.File, Mode = 0x1A4, ModifyTime = time, AccessTime = time,
                ChangeTime = time, UserId = 1000, GroupId = 1000, User = "somebody", Group = "somebody", Inode = (ulong)random.NextInt64(), DeviceId = 2049,
                Size = (ulong)random.Next(100_000), Links = 1, Content = [new(Hash256.Of(BitConverter.GetBytes(i)))],
            });
        }

        _encoded = _writer.Encode(_nodes).ToArray();
        _id = new(Hash256.Of(_encoded));
    }

    [Benchmark]
    public int Encode() => _writer.Encode(_nodes).Length;

    [Benchmark]
    public int Decode() => TreeReader.Decode(_encoded, _id).Count;
}
