using System.Text;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Blob;

/// <summary>Where the fastest search leaves as little as the usual one, it is taken; where not, it is not.</summary>
public sealed class CompressionTrialTests : IDisposable
{
    private static readonly MasterKey Key = MasterKey.Random();

    private readonly BlobCodec _usual = new(Key, CompressionMode.Auto, canCompress: true);
    private readonly BlobCodec _fastest = new(Key, CompressionMode.Fastest, canCompress: true);
    private readonly Random _random = Seeded.Random();

    [Theory]
    [InlineData(90 << 10)]
    [InlineData(1 << 20)]
    public void Keys_in_which_nothing_repeats_are_compressed_the_fastest_way(int length)
    {
        var trial = new CompressionTrial();
        byte[] keys = Keys(length);
        Length(_fastest, keys).ShouldBeLessThan(Length(_usual, keys), "or this would show nothing");
        Length(_usual, keys, trial).ShouldBe(Length(_fastest, keys));
        trial.IsFastestAsGood.ShouldBeTrue();
    }

    [Theory]
    [InlineData(90 << 10)]
    [InlineData(1 << 20)]
    public void Words_that_come_again_are_compressed_the_usual_way(int length)
    {
        var trial = new CompressionTrial();
        byte[] words = Words(length);
        Length(_usual, words, trial).ShouldBe(Length(_usual, words));
        trial.IsFastestAsGood.ShouldBeFalse();
    }

    [Fact]
    public void Filler_says_nothing_of_what_follows()
    {
        var trial = new CompressionTrial();
        byte[] filler = new byte[100_000], words = Words(100_000);
        Length(_usual, filler).ShouldBe(Length(_fastest, filler), "or this would show nothing");
        Length(_usual, filler, trial);
        Length(_usual, words, trial).ShouldBe(Length(_usual, words));
    }

    [Fact]
    public void A_stream_that_changes_is_tried_again()
    {
        var trial = new CompressionTrial();
        byte[] keys = Keys(50_000), words = Words(50_000);
        Length(_usual, keys, trial);
        for (int chunk = 1; chunk < 16; chunk++)
        {
            Length(_usual, words, trial).ShouldBe(Length(_fastest, words));
        }

        Length(_usual, words, trial).ShouldBe(Length(_usual, words), "the seventeenth is tried");
        for (int chunk = 17; chunk < 32; chunk++)
        {
            Length(_usual, keys, trial).ShouldBe(Length(_usual, keys));
        }

        Length(_usual, keys, trial).ShouldBe(Length(_fastest, keys));
    }

    [Theory]
    [InlineData(CompressionMode.Better)]
    [InlineData(CompressionMode.Max)]
    [InlineData(CompressionMode.Off)]
    public void Who_chose_another_compression_gets_it(CompressionMode mode)
    {
        using var codec = new BlobCodec(Key, mode, canCompress: true);
        byte[] keys = Keys(100_000);
        Length(codec, keys, new()).ShouldBe(Length(codec, keys));
    }

    public void Dispose()
    {
        _usual.Dispose();
        _fastest.Dispose();
    }

    private static int Length(BlobCodec codec, byte[] plain, CompressionTrial? trial = null) => codec.Encode(BlobType.Data, plain, out _, trial).Length;

    /// <summary>Like the rows of a table of keys.</summary>
    private byte[] Keys(int length)
    {
        var text = new StringBuilder();
        for (int row = 1_000_000; text.Length < length; row++)
        {
            text.Append($"({row},'{Convert.ToHexStringLower(_random.Bytes(48))}',{_random.Next(1_000_000)}),\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }

    private byte[] Words(int length)
    {
        string[] words = [.. Enumerable.Range(0, 2000).Select(_ => Convert.ToBase64String(_random.Bytes(_random.Next(2, 9))))];
        var text = new StringBuilder();
        while (text.Length < length)
        {
            text.Append(words[Math.Min(_random.Next(words.Length), _random.Next(words.Length))]).Append(' ');
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }
}
