using System.Text;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.View;

/// <summary>
/// Where a snapshot lies in a view, such as <c>hosts/%h/%T</c>: <c>%i</c> short id, <c>%I</c> id, <c>%u</c> user, <c>%h</c>
/// host, <c>%t</c> each of its tags, <c>%T</c> time, as a template of its own says. As in restic.
/// </summary>
internal sealed class PathTemplate
{
    private readonly string[] _parts;
    private readonly TimeTemplate _time;

    /// <exception cref="UsageException">It leads nowhere.</exception>
    internal PathTemplate(string text, TimeTemplate time)
    {
        _time = time;
        _parts = text.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (_parts.Length == 0 || _parts.Any(p => p is "." or ".." || p.Contains('\0')))
        {
            throw new UsageException($"'{PathText.Printable(text)}' is no template for paths: write one such as hosts/%h/%T");
        }
    }

    internal static string[] Defaults => ["ids/%i", "snapshots/%T", "hosts/%h/%T", "tags/%t/%T"];

    /// <summary>Whether the last part is the time alone: then a link <c>latest</c> beside them makes sense.</summary>
    internal bool EndsWithTime => _parts[^1] == "%T";

    /// <summary>The folders above the first part that depends on the snapshot: they are there even where no snapshot is.</summary>
    internal string[] FixedFolders => [.. _parts[..^1].TakeWhile(p => !p.Contains('%'))];

    /// <summary>The paths of a snapshot, each in parts: none where it has no tag and the template wants one, several where it has several.</summary>
    internal IEnumerable<string[]> Expand(StoredSnapshot stored)
    {
        string[] tags = Array.Exists(_parts, p => p.Contains("%t")) ? stored.Snapshot.UserTags() : [string.Empty];
        return tags.Select(tag => (string[])[.. _parts.Select(p => Expand(p, stored, tag))]);
    }

    private string Expand(string part, StoredSnapshot stored, string tag)
    {
        var text = new StringBuilder();
        for (int i = 0; i < part.Length; i++)
        {
            text.Append(part[i] != '%' || i + 1 == part.Length ? part[i].ToString() : part[++i] switch
            {
                'i' => stored.Id.Hash.ToShortString(),
                'I' => stored.Id.ToString(),
                'u' => stored.Snapshot.Username,
                'h' => stored.Snapshot.Hostname,
                't' => tag,
                'T' => _time.Write(stored.Snapshot.Time), // in the zone of the machine that was backed up
                var other => other.ToString(),
            });
        }

        return FileName(text.ToString());
    }

    /// <summary>What a host or a tag is called need not do for a file.</summary>
    private static string FileName(string text) => text switch
    {
        "" or "." => "_",
        ".." => "__",
        _ => text.Replace('/', '_').Replace('\0', '_'),
    };
}
