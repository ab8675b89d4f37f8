using System.Collections.Concurrent;

namespace Holdfast.Archiver;

/// <summary>Where a source puts what it captures. Thread-safe.</summary>
public sealed class SourceWriter
{
    private readonly ArchiveRun _run;
    private readonly CapturedTree _tree;
    private readonly ISource _source;
    private readonly ConcurrentQueue<ManifestItem> _items = [];
    private readonly ConcurrentDictionary<string, string> _details = [];

    internal SourceWriter(ArchiveRun run, CapturedTree tree, ISource source, ManifestSource? previous)
    {
        Previous = previous;
        _run = run;
        _tree = tree;
        _source = source;
    }

    /// <summary>What the parent snapshot has of the source with the same root; null where it has nothing.</summary>
    public ManifestSource? Previous { get; }

    /// <summary>When the snapshot is said to be taken.</summary>
    public DateTimeOffset Time => _run.Options.Label.Time;

    /// <summary>A new file of the snapshot, at or below the source's <see cref="ISource.Root"/>.</summary>
    /// <param name="path">Absolute and clean; each component of any bytes but <c>/</c> and NUL, see <see cref="Linux.PathText"/>.</param>
    /// <param name="isExecutable">Whether its owner may run it.</param>
    public SourceFile CreateFile(string path, ChunkGrain grain = ChunkGrain.Fine, bool isExecutable = false)
    {
        RequireOwn(path);
        _run.Progress.Reading(path);
        return new(_run, _tree, path, grain, isExecutable);
    }

    /// <summary>A new symbolic link of the snapshot.</summary>
    /// <param name="target">Where it points, any bytes but NUL.</param>
    /// <inheritdoc cref="CreateFile"/>
    public void AddLink(string path, ReadOnlySpan<byte> target)
    {
        RequireOwn(path);
        _tree.AddLink(path, target.ToArray());
    }

    /// <summary>A folder of the snapshot that is there even if nothing will be in it; all others come by themselves.</summary>
    /// <inheritdoc cref="CreateFile"/>
    public void AddFolder(string path)
    {
        RequireOwn(path);
        _tree.AddFolder(path);
    }

    /// <summary>Says what was captured, for the manifest.</summary>
    public void Add(ManifestItem item) => _items.Enqueue(item);

    /// <summary>Says something of the source as a whole, for the manifest: <c>server</c>, <c>tool</c>, <c>binlog</c>.</summary>
    public void Describe(string name, string value) => _details[name] = value;

    /// <summary>Says something that whoever watches the run is to know, and that is no failure.</summary>
    public void Note(string text) => _run.Progress.AddNote(text);

    private void RequireOwn(string path)
    {
        if (path != _source.Root && !path.StartsWith(_source.Root + "/", StringComparison.Ordinal))
        {
            throw new ArgumentException($"{path} is not below {_source.Root}.", nameof(path));
        }
    }

    internal ManifestSource Report(TimeSpan duration) => new()
    {
        Name = _source.Name,
        Root = _source.Root,
        Seconds = Math.Round(duration.TotalSeconds, 3),
        Details = new SortedDictionary<string, string>(_details, StringComparer.Ordinal),
        Items = [.. _items.OrderBy(i => i.Kind, StringComparer.Ordinal).ThenBy(i => i.Name, StringComparer.Ordinal)],
    };
}
