using System.Text.Json;
using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>The inventory of a run: what each source captured. It lies in the snapshot as <see cref="Path"/>; docs/format.md describes it.</summary>
public sealed record Manifest
{
    /// <summary>Where it lies in a snapshot.</summary>
    public const string Path = "/.holdfast/manifest.json";

    /// <summary>The version of the form, 1.</summary>
    public int Version { get; init; } = 1;

    public required string Program { get; init; }

    public required string Host { get; init; }

    /// <summary>The plan that ran; null for sources named on the command line.</summary>
    public string? Plan { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required IReadOnlyList<ManifestSource> Sources { get; init; }

    /// <summary>The manifest of a snapshot; null where it has none.</summary>
    /// <param name="root">The snapshot's tree.</param>
    /// <exception cref="BackupException">It cannot be read, or is not what this version can read.</exception>
    public static async Task<Manifest?> FindAsync(IndexedRepository repository, TreeId root, CancellationToken cancellation)
    {
        Node? node = null;
        foreach (string name in Path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            IReadOnlyList<Node> nodes = node is null || node.Subtree is not null
                ? await repository.LoadTreeAsync(node?.Subtree ?? root, cancellation).ConfigureAwait(false)
                : [];
            node = nodes.FirstOrDefault(n => n.NameText == name);
            if (node is null)
            {
                return null;
            }
        }

        return node?.Content is { } content ? await ReadAsync(repository, content, cancellation).ConfigureAwait(false) : null;
    }

    private static async Task<Manifest> ReadAsync(IndexedRepository repository, BlobId[] content, CancellationToken cancellation)
    {
        using var json = new MemoryStream();
        foreach (BlobId blob in content)
        {
            byte[] plain = await repository.LoadBlobAsync(blob, cancellation).ConfigureAwait(false);
            await json.WriteAsync(plain, cancellation).ConfigureAwait(false);
        }

        try
        {
            Manifest manifest = ManifestJson.Read(json.GetBuffer().AsSpan(0, checked((int)json.Length)));
            return manifest.Version == 1
                ? manifest
                : throw new BackupException(BackupErrorKind.Unsupported, $"the snapshot's inventory has the form {manifest.Version}, which this version does not know");
        }
        catch (JsonException e)
        {
            throw BackupException.Corrupt($"the snapshot's inventory, {Path}, cannot be read: {e.Message}", e);
        }
    }
}
