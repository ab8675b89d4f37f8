using System.Text;
using Holdfast.Archiver;

namespace Holdfast.Plan;

/// <summary>Notes in a snapshot which application it has: the recipe, so that a restore knows years later how to check it.</summary>
internal sealed class AppSource(string name, Installation installation, AppParts parts) : ISource
{
    /// <summary>What the manifest calls the paths that links led to.</summary>
    internal const string Links = "links";

    /// <summary>And what it calls the paths that are these links, a line for each of the others.</summary>
    internal const string LinkedFrom = "linked_from";

    public string Name => $"application {name}";

    public string Root => PathOf(name);

    internal static string PathOf(string name) => $"/.holdfast/applications/{name}";

    public async Task CaptureAsync(SourceWriter writer, CancellationToken cancellation)
    {
        string path = $"{Root}/recipe.yaml";
        using SourceFile file = writer.CreateFile(path);
        await file.WriteAsync(Encoding.UTF8.GetBytes(installation.Recipe.Text), cancellation).ConfigureAwait(false);
        await file.CompleteAsync().ConfigureAwait(false);
        writer.Add(new("application", name) { Path = installation.Root });
        writer.Describe("recipe", installation.Recipe.Name);
        writer.Describe("root", installation.Root);
        writer.Describe("config", installation.Config);
        writer.Describe("files", string.Join('\n', Installation.FilesOf(parts)));
        if (parts.Links.Count > 0)
        {
            writer.Describe(Links, string.Join('\n', parts.Links.Select(l => l.To)));
            writer.Describe(LinkedFrom, string.Join('\n', parts.Links.Select(l => l.From)));
        }

        if (installation.Version is { } version)
        {
            writer.Describe("version", version);
        }

        foreach (string unread in installation.Unread)
        {
            writer.Note($"application {name}: {unread}");
        }

        if (installation.Notes is { Count: > 0 } notes)
        {
            writer.Describe("notes", string.Join('\n', notes));
        }
    }
}
