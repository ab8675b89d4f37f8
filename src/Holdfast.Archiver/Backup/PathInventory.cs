namespace Holdfast.Archiver;

/// <summary>The entry of the manifest on the files of a plan: for each path that it names, whether it was there and what was captured.</summary>
internal sealed class PathInventory(BackupOptions options, TargetTree targets, IReadOnlyCollection<BackupProblem> problems)
{
    /// <summary>How long they took is not known, as they are walked together with all else.</summary>
    internal ManifestSource Report() => new()
    {
        Name = ManifestSource.Files,
        Root = "/",
        Details = new Dictionary<string, string>(),
        Items = [.. options.Paths.Union(options.PlannedPaths).Order(StringComparer.Ordinal).Select(ItemOf)],
    };

    private ManifestItem ItemOf(string path)
    {
        var item = new ManifestItem("path", path) { Path = path };
        if (!options.Paths.Contains(path))
        {
            return item with { Missing = true };
        }

        // A path that the user named inside another one counts for both.
        List<PathTally> tallies = [.. options.Paths.Distinct().Where(p => IsAtOrBelow(p, path)).Select(p => targets.TallyOf(p))];
        return item with
        {
            Files = tallies.Sum(t => t.Files),
            Folders = tallies.Sum(t => t.Folders),
            Others = tallies.Sum(t => t.Others),
            Bytes = tallies.Sum(t => t.Bytes),

            // A folder above that could not be opened hides the path, too.
            Errors = problems.Count(p => IsAtOrBelow(p.Path, path) || IsAtOrBelow(path, p.Path)),
        };
    }

    private static bool IsAtOrBelow(string path, string folder) => path == folder || path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal);
}
