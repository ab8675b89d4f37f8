using Holdfast.Archiver;
using Holdfast.Source;

namespace Holdfast.Plan;

/// <summary>Compares what a run captured with what the last one did.</summary>
/// <param name="last">The manifest of the plan's last snapshot.</param>
/// <param name="shrinkLimits">For streams, by the root of the source, the least share of the last length that passes, in percent.</param>
internal sealed class Inventory(Manifest last, IReadOnlyDictionary<string, double> shrinkLimits)
{
    /// <summary>A path that had more files than this and has none is gone: a disk that is not mounted. Fewer may be a queue, or a folder of drafts.</summary>
    private const int MostEmptied = 100;

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
                gone.AddRange(old.Items.Where(i => i.Missing != true).Select(i => new GoneItem(i.Kind, i.Name, old.Name, null)));
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
                if (Find(old, item, items, sources) is not { } same || FindLoss(old, item, same) is not null)
                {
                    continue;
                }

                string had = same.Name == item.Name ? "had" : $"{item.Name}, in whose place it comes, had";
                if (IsLessThanHalf(same.Rows, item.Rows))
                {
                    yield return $"{item.Kind} {item.Name} ({old.Name}) has {same.Rows} rows, and had {item.Rows} last time";
                }
                else if (IsLessThanHalf(same.Files, item.Files))
                {
                    yield return $"{item.Kind} {same.Name} ({old.Name}) has {same.Files} files, and {had} {item.Files} last time";
                }
            }
        }
    }

    private static bool IsLessThanHalf(long? now, long? before) => now < before - (before / 2);

    private void FindGone(ManifestSource old, ManifestSource now, Dictionary<string, ManifestSource> sources, List<GoneItem> gone)
    {
        Dictionary<(string, string), ManifestItem> items = ByName(now);
        foreach (ManifestItem item in old.Items.Where(i => i.Missing != true && !IsOfOthers(i, now)))
        {
            if (Find(old, item, items, sources) is not { } same || same.Missing == true)
            {
                gone.Add(new(item.Kind, item.Name, old.Name, null));
            }
            else if (FindLoss(old, item, same) is { } loss)
            {
                gone.Add(new(item.Kind, item.Name, old.Name, loss));
            }
        }
    }

    /// <summary>
    /// A role or tablespace of a server of which only some databases are captured may be of the others. The server itself drops none that a
    /// database needs.
    /// </summary>
    private static bool IsOfOthers(ManifestItem item, ManifestSource now) => item.Kind is "role" or "tablespace" && now.Details.ContainsKey(PostgreSqlSource.Chosen);

    /// <summary>Why something that is there is as good as gone; null where it is not.</summary>
    private string? FindLoss(ManifestSource old, ManifestItem item, ManifestItem same) =>
        item.Kind == "stream" && shrinkLimits.TryGetValue(old.Root, out double limit) && same.Bytes * 100.0 < item.Bytes * limit
            ? $"has {same.Bytes} bytes, less than {limit:0.##} % of the {item.Bytes} it had last time"
        : item.Rows > 0 && same.SchemaOnly == true ? $"had {item.Rows} rows last time, and its rows are left out now"
        : item.Files > MostEmptied && same.Files == 0
            ? same.Name == item.Name ? $"had {item.Files} files last time, and has none" : $"had {item.Files} files last time, and {same.Name}, in whose place it comes, has none"
        : null;

    /// <summary>
    /// The same item now; null for none. An application's link that led to a path may lead to another: that is a new release, and no loss. One
    /// that leads nowhere is none.
    /// </summary>
    private ManifestItem? Find(ManifestSource old, ManifestItem item, Dictionary<(string, string), ManifestItem> items, Dictionary<string, ManifestSource> sources)
    {
        if (items.TryGetValue((item.Kind, item.Name), out ManifestItem? same) || old.Name != ManifestSource.Files)
        {
            return same;
        }

        foreach (ManifestSource application in last.Sources)
        {
            string? link = LinksOf(application).FirstOrDefault(l => l.To == item.Name).From;
            if (link is not null && sources.TryGetValue(application.Root, out ManifestSource? now) && LinksOf(now).FirstOrDefault(l => l.From == link).To is { } to)
            {
                return items.GetValueOrDefault((item.Kind, to));
            }
        }

        return null;
    }

    private static IEnumerable<(string From, string To)> LinksOf(ManifestSource source) =>
        source.Details.TryGetValue(AppSource.Links, out string? links) && source.Details.TryGetValue(AppSource.LinkedFrom, out string? from)
            ? from.Split('\n').Zip(links.Split('\n'))
            : [];

    private static Dictionary<string, ManifestSource> ByRoot(Manifest manifest) => manifest.Sources.DistinctBy(s => s.Root).ToDictionary(s => s.Root);

    private static Dictionary<(string, string), ManifestItem> ByName(ManifestSource source) =>
        source.Items.DistinctBy(i => (i.Kind, i.Name)).ToDictionary(i => (i.Kind, i.Name));
}
