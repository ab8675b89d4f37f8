using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// Collects what is wanted and orders it by pack, so that each pack is read once and in order, and each blob decoded once.
/// One thread at a time.
/// </summary>
internal sealed class BlobPlan
{
    /// <summary>Reading on over what is not wanted costs less than another request, up to this many bytes.</summary>
    private const int MaxGap = 256 << 10;

    /// <summary>Bytes fetched with one read, unless a single blob is larger.</summary>
    private const int MaxStretch = 4 << 20;

    private readonly Dictionary<BlobId, BlobRequest> _requests = [];
    private readonly Dictionary<PackId, List<BlobRequest>> _packs = [];

    /// <summary>How many blobs are wanted, counted once for each place they go to.</summary>
    internal int Count { get; private set; }

    internal void Add(BlobId blob, in BlobLocation location, RestoreFile file, long offset)
    {
        Count++;
        var request = new BlobRequest(blob, location, file, offset);
        if (_requests.TryGetValue(blob, out BlobRequest? first))
        {
            request.Next = first.Next;
            first.Next = request;
            return;
        }

        _requests.Add(blob, request);
        if (!_packs.TryGetValue(location.Pack, out List<BlobRequest>? pack))
        {
            _packs.Add(location.Pack, pack = []);
        }

        pack.Add(request);
    }

    /// <summary>
    /// What is wanted, cut into reads. Large pieces keep the disk busy and small ones the processors, so both kinds are spread evenly from begin to
    /// end; among themselves they keep the order of the packs, which is that of the files.
    /// </summary>
    internal IEnumerable<PackStretch> Stretches() => InOrder()
        .GroupBy(IsLarge)
        .Select(kind => kind.ToArray())
        .SelectMany(kind => kind.Select((stretch, number) => (stretch, At: (number + 0.5) / kind.Length)))
        .OrderBy(placed => placed.At)
        .Select(placed => placed.stretch);

    private IEnumerable<PackStretch> InOrder()
    {
        foreach ((PackId pack, List<BlobRequest> wanted) in _packs)
        {
            BlobRequest[] requests = [.. wanted.OrderBy(r => r.Location.Offset)];
            for (int start = 0; start < requests.Length;)
            {
                PackStretch stretch = Cut(pack, requests, start);
                start += stretch.Requests.Count;
                yield return stretch;
            }
        }
    }

    /// <summary>Whether it is written past the page cache, by the mean of its pieces.</summary>
    private static bool IsLarge(PackStretch stretch) => stretch.Requests.Average(r => r.Location.PlainLength) >= FileWriter.LeastPastCache;

    private static PackStretch Cut(PackId pack, BlobRequest[] requests, int start)
    {
        long offset = requests[start].Location.Offset;
        long end = offset + requests[start].Location.Length;
        int next = start + 1;
        for (; next < requests.Length; next++)
        {
            BlobLocation location = requests[next].Location;
            long nextEnd = Math.Max(end, location.Offset + (long)location.Length);
            if (location.Offset - end > MaxGap || nextEnd - offset > MaxStretch)
            {
                break;
            }

            end = nextEnd;
        }

        return new(pack, new(requests, start, next - start), offset, checked((int)(end - offset)));
    }
}
