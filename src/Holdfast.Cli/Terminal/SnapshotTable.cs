using Holdfast.Linux;
using Holdfast.Repository;
using Spectre.Console;

namespace Holdfast.Cli.Terminal;

/// <summary>Snapshots as a table.</summary>
/// <param name="compact">One line each, without paths.</param>
internal sealed class SnapshotTable(Output output, bool compact)
{
    // A backup of what a shell expanded may have thousands, and `show` lists them all.
    private const int MaxPaths = 10;

    /// <summary>A further column: its head, and what it says of each; null for none.</summary>
    internal (string Head, Func<StoredSnapshot, string> Text)? Extra { get; init; }

    internal void PrintCounted(IReadOnlyList<StoredSnapshot> snapshots)
    {
        Print(snapshots);
        output.Line(Format.Count(snapshots.Count, "snapshot"));
    }

    internal void Print(IReadOnlyList<StoredSnapshot> snapshots)
    {
        if (snapshots.Count == 0)
        {
            return;
        }

        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns(
        [
            "ID", "Time", "Host", "Tags",
            .. (string[])(Extra is { } extra ? [extra.Head] : []), .. (string[])(compact ? [] : ["Paths"]), "Size",
        ]);
        table.Columns[^1].Alignment = Justify.Right;
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        foreach (StoredSnapshot stored in snapshots)
        {
            table.AddRow(Cells(stored, now));
        }

        output.Table(table);
    }

    private string[] Cells(StoredSnapshot stored, DateTimeOffset now)
    {
        Snapshot snapshot = stored.Snapshot;
        string tags = string.Join(',', snapshot.UserTags());
        string pin = snapshot.DescribePin(now);
        return
        [
            stored.Id.Hash.ToShortString(),
            snapshot.Time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss"),
            Shown(snapshot.Hostname),
            Shown(pin.Length == 0 ? tags : tags.Length == 0 ? pin : $"{tags}; {pin}"),
            .. (string[])(Extra is { } extra ? [string.Join('\n', extra.Text(stored).Split('\n').Select(Shown))] : []),
            .. (string[])(compact ? [] : [Paths(snapshot.Paths)]),
            snapshot.Summary is { } summary ? Format.Bytes(summary.TotalBytesProcessed) : string.Empty,
        ];
    }

    private static string Paths(IReadOnlyList<string> paths)
    {
        string shown = string.Join('\n', paths.Take(MaxPaths).Select(Shown));
        return paths.Count > MaxPaths ? $"{shown}\n… and {paths.Count - MaxPaths} more" : shown;
    }

    private static string Shown(string? text) => Markup.Escape(PathText.Printable(text ?? string.Empty));
}
