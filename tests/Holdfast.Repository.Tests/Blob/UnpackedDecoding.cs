namespace Holdfast.Repository.Tests;

/// <summary>Decoding into memory of its own, for tests that have none to reuse.</summary>
internal static class UnpackedDecoding
{
    internal static ReadOnlyMemory<byte> DecodeUnpacked(this BlobCodec codec, Memory<byte> message, string name)
    {
        byte[] plain = [];
        return codec.DecodeUnpacked(message, name, ref plain);
    }
}
