using Holdfast.Archiver;

namespace Holdfast.Plan;

/// <summary>Compares what a run captured with what the last one did.</summary>
/// <param name="last">The manifest of the plan's last snapshot.</param>
/// <param name="shrinkLimits">For streams, by the root of the source, the least share of the last length that passes, in percent.</param>
internal sealed class Inventory(Manifest last, IReadOnlyDictionary<string, double> shrinkLimits)
{
    /// <summary>What is gone, whether or not somebody said that it may be.</summary>
    internal List<GoneItem> FindGone(Manifest now)
    {
        Dictionary<string, ManifestSource> sources = ByRoot(now);
        var gone = new List<GoneItem>();
        foreach (ManifestSource old in last.Sources)
        {
            if (sources.TryGetValue(old.Root, out ManifestSource? source))
            {
                FindGone(old, source, sources, gone);
            }
            else if (old.Name == ManifestSource.Files)
            {
                gone.AddRange(old.Items.Where(i => i.Missing != true && !IsElsewhere(i, sources)).Select(i => new GoneItem(i.Kind, i.Name, old.Name, null)));
            }
            else
            {
                gone.Add(new("source", old.Root, old.Name, null));
            }
        }

        return gone;
    }

    /// <summary>Tables that lost more than half of their rows, paths of their files: worth a word, and no more, because both are deleted on purpose.</summary>
    internal IEnumerable<string> FindShrunk(Manifest now)
    {
        Dictionary<string, ManifestSource> sources = ByRoot(now);
        foreach (ManifestSource old in last.Sources.Where(s => sources.ContainsKey(s.Root)))
        {
            Dictionary<(string, string), ManifestItem> items = ByName(sources[old.Root]);
            foreach (ManifestItem item in old.Items)
            {
                if (!items.TryGetValue((item.Kind, item.Name), out ManifestItem? same))
                {
                    continue;
                }

                if (IsLessThanHalf(same.Rows, item.Rows))
                {
                    yield return $"{item.Kind} {item.Name} ({old.Name}) has {same.Rows} rows, and had {item.Rows} last time";
                }
                else if (IsLessThanHalf(same.Files, item.Files))
                {
                    yield return $"{item.Kind} {item.Name} ({old.Name}) has {same.Files} files, and had {item.Files} last time";
                }
            }
        }
    }

    private static bool IsLessThanHalf(long? now, long? before) => now < before - (before / 2);

    private void FindGone(ManifestSource old, ManifestSource now, Dictionary<string, ManifestSource> sources, List<GoneItem> gone)
    {
        Dictionary<(string, string), ManifestItem> items = ByName(now);
        foreach (ManifestItem item in old.Items.Where(i => i.Missing != true))
        {
            if (!items.TryGetValue((item.Kind, item.Name), out ManifestItem? same) || same.Missing == true)
            {
                if (old.Name == ManifestSource.Files && IsElsewhere(item, sources))
                {
                    continue;
                }

                gone.Add(new(item.Kind, item.Name, old.Name, null));
            }
            else if (item.Kind == "stream" && shrinkLimits.TryGetValue(old.Root, out double limit) && same.Bytes * 100.0 < item.Bytes * limit)
            {
                gone.Add(new(item.Kind, item.Name, old.Name, $"has {same.Bytes} bytes, less than {limit:0.##} % of the {item.Bytes} it had last time"));
            }
        }
    }

    /// <summary>An application's link led there, and leads elsewhere now: a new release, and no loss.</summary>
    private bool IsElsewhere(ManifestItem path, Dictionary<string, ManifestSource> now) =>
        last.Sources.Any(s => LinksOf(s).Contains(path.Name) && now.TryGetValue(s.Root, out ManifestSource? same) && !LinksOf(same).Contains(path.Name));

    private static string[] LinksOf(ManifestSource source) => source.Details.TryGetValue(AppSource.Links, out string? links) ? links.Split('\n') : [];

    private static Dictionary<string, ManifestSource> ByRoot(Manifest manifest) => manifest.Sources.DistinctBy(s => s.Root).ToDictionary(s => s.Root);

    private static Dictionary<(string, string), ManifestItem> ByName(ManifestSource source) =>
        source.Items.DistinctBy(i => (i.Kind, i.Name)).ToDictionary(i => (i.Kind, i.Name));
}
