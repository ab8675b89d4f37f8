using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>Blobs of one pack that are fetched with one read, in order of their offsets. Offset and length are bytes of the pack.</summary>
internal readonly record struct PackStretch(PackId Pack, ArraySegment<BlobRequest> Requests, long Offset, int Length);
