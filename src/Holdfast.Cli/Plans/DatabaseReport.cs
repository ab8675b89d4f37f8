using Holdfast.Cli.Terminal;
using Holdfast.Source;
using Spectre.Console;

namespace Holdfast.Cli.Plans;

/// <summary>What the commands about database servers print.</summary>
internal static class DatabaseReport
{
    internal static void Write(Output output, List<(string Name, IReadOnlyList<DatabaseListing> Databases)> servers)
    {
        if (output.IsJson)
        {
            output.Json([.. servers.Select(s => new ServerListing(s.Name, [.. s.Databases.Select(d => new DatabaseItem(d.Name, d.Bytes, [.. d.Tables.Select(t => new TableItem(t.Name, t.Kind, t.Rows, t.Bytes))]))]))], PlanJson.Default.ListServerListing);
            return;
        }

        foreach ((string name, IReadOnlyList<DatabaseListing> databases) in servers)
        {
            output.Line(name);
            Table table = NewTable("database", "table", "kind", "rows", "size");
            foreach (DatabaseListing database in databases)
            {
                table.AddRow(Cells(database.Name, string.Empty, "database", string.Empty, Size(database.Bytes)));
                foreach (TableListing one in database.Tables)
                {
                    table.AddRow(Cells(database.Name, one.Name, one.Kind, one.Rows?.ToString() ?? string.Empty, Size(one.Bytes)));
                }
            }

            output.Table(table);
        }
    }

    internal static void Write(Output output, List<(string Name, IReadOnlyList<RightListing> Rights)> servers)
    {
        if (output.IsJson)
        {
            output.Json([.. servers.Select(s => new RightsListing(s.Name, !s.Rights.Any(r => r.IsMissing), [.. s.Rights.Select(r => new RightItem(r.Name, r.Purpose, r.IsMissing, r.Grant))]))], PlanJson.Default.ListRightsListing);
            return;
        }

        foreach ((string name, IReadOnlyList<RightListing> rights) in servers)
        {
            output.Line(name);
            foreach (RightListing right in rights)
            {
                output.Line($"  {(right.IsMissing ? "missing" : "ok"),-8} {right.Name}, {right.Purpose}{(right.Grant is { } grant ? $": {grant}" : string.Empty)}");
            }
        }
    }

    private static Table NewTable(params string[] columns)
    {
        var table = new Table { Border = TableBorder.None };
        foreach (string column in columns)
        {
            table.AddColumn(column);
        }

        return table;
    }

    /// <summary>Names may hold what the table takes for markup.</summary>
    private static Markup[] Cells(params string[] texts) => [.. texts.Select(t => new Markup(Markup.Escape(t)))];

    private static string Size(long? bytes) => bytes is { } known ? Format.Bytes(known) : string.Empty;
}
