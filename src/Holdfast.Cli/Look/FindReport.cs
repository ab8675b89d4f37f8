using System.Text.Json;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Look;

/// <summary>Prints finds as they are made; with --json, one array of restic's form, written piece by piece.</summary>
internal sealed class FindReport(Output output, NodeText text, bool objects)
{
    private StoredSnapshot? _snapshot;
    private StoredSnapshot? _printed;
    private bool _any;
    private long _hits;

    internal void Begin(StoredSnapshot snapshot) => _snapshot = snapshot;

    internal void Found(string path, Node node)
    {
        bool isFirst = _printed != _snapshot;
        if (!output.IsJson)
        {
            if (isFirst)
            {
                output.Say($"{(_printed is null ? string.Empty : "\n")}Found matching entries in snapshot {ShortId} from {Time}");
            }

            _printed = _snapshot;
            output.Line(text.Line(path, node));
            return;
        }

        if (isFirst)
        {
            EndSnapshot();
            output.Text.Write(_any ? ",{\"matches\":[" : "[{\"matches\":[");
        }

        output.Text.Write((isFirst ? string.Empty : ",") + JsonSerializer.Serialize(FoundNode.Of(path, node), LookJson.Default.FoundNode));
        _printed = _snapshot;
        _any = true;
        _hits++;
    }

    internal void Found(BlobHandle blob, string path, TreeId? parent)
    {
        string kind = blob.Type == BlobType.Tree ? "tree" : "blob";
        if (output.IsJson)
        {
            var found = new FoundObject(kind, blob.Hash.ToString(), path, parent?.ToString(), _snapshot!.Id.ToString(), _snapshot.Snapshot.Time);
            output.Text.Write((_any ? "," : "[") + JsonSerializer.Serialize(found, LookJson.Default.FoundObject));
            _any = true;
            return;
        }

        output.Line($"Found {kind} {blob.Hash}");
        output.Line(blob.Type == BlobType.Tree ? $" ... path {PathText.Printable(path)}" : $" ... in file {PathText.Printable(path)}");
        if (parent is { } tree)
        {
            output.Line($"     (tree {tree})");
        }

        output.Line($" ... in snapshot {ShortId} ({Time})");
    }

    internal void End()
    {
        if (output.IsJson)
        {
            EndSnapshot();
            output.Line(_any ? "]" : "[]");
        }
    }

    private void EndSnapshot()
    {
        if (_printed is not null && !objects)
        {
            output.Text.Write($"],\"hits\":{_hits},\"snapshot\":\"{_printed.Id}\"}}");
            _hits = 0;
        }
    }

    private string ShortId => _snapshot!.Id.Hash.ToShortString();

    private string Time => _snapshot!.Snapshot.Time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss");
}
