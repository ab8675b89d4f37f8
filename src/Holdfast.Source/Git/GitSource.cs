using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>Git repositories that others push to meanwhile, each at one moment of its own: docs/design.md, "Git".</summary>
public sealed class GitSource(GitOptions options) : ISource
{
    public string Name => "git";

    public string Root => "/.holdfast/git";

    public async Task CaptureAsync(SourceWriter writer, CancellationToken cancellation)
    {
        SortedSet<string> repositories;
        try
        {
            repositories = Find();
        }
        catch (LinuxException e)
        {
            throw new BackupException(BackupErrorKind.Source, $"git: {e.Message}", e);
        }

        foreach (string folder in repositories)
        {
            await new GitCapture(writer, options, folder, Root + folder).RunAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>The git directories of the repositories in a folder, at any depth; none where it is not there.</summary>
    /// <exception cref="BackupException">Kind Source: a folder on the way cannot be read.</exception>
    public static IReadOnlyCollection<string> FindIn(string folder)
    {
        try
        {
            return GitFolder.Find(folder) is { } itself ? [itself] : Search(PathSearch.Escape(folder).TrimEnd('/') + "/**");
        }
        catch (LinuxException e)
        {
            throw new BackupException(BackupErrorKind.Source, $"git: {e.Message}", e);
        }
    }

    private static IReadOnlyCollection<string> Search(string pattern) =>
        [.. PathSearch.Find(pattern, p => !IsLink(p) && GitFolder.Find(p) is not null, p => !GitFolder.IsRepository(p)).Select(p => GitFolder.Find(p)!)];

    private SortedSet<string> Find()
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string path in options.Paths)
        {
            if (PathSearch.IsPattern(path))
            {
                IReadOnlyCollection<string> matches = Search(path);
                found.UnionWith(matches.Count > 0 ? matches : throw Failure(path, "no repository matches; take it out of the plan if that is right"));
            }
            else
            {
                found.Add(GitFolder.Find(path) ?? throw Failure(path, File.Exists(path + "/.git")
                    ? "this is a further working tree, or a submodule, of another repository: name that one"
                    : "this is no git repository"));
            }
        }

        return found;
    }

    /// <summary>What a link leads to is found where it is, or not meant.</summary>
    private static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    private static BackupException Failure(string path, string why) => new(BackupErrorKind.Source, $"git {PathText.Printable(path)}: {why}");
}
