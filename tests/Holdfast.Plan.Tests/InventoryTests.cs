using Holdfast.Archiver;
using Holdfast.Source;

namespace Holdfast.Plan.Tests;

public sealed class InventoryTests
{
    private static readonly ManifestItem Orders = new("table", "shop/orders") { Rows = 100 };

    [Fact]
    public void What_is_gone_is_found_by_kind_and_name()
    {
        Manifest last = Of(("mysql a", "/db", [new("database", "shop"), Orders, new("view", "shop/orders")]), ("command b", "/cmd", [new("stream", "b")]));
        Manifest now = Of(("mysql a", "/db", [new("database", "shop"), new("view", "shop/orders"), new("table", "shop/new")]));
        new Inventory(last, new Dictionary<string, double>()).FindGone(now).Select(g => g.ToString()).ShouldBe(
            ["table shop/orders (mysql a) was there last time and is gone", "source /cmd (command b) was there last time and is gone"]);
        new Inventory(now, new Dictionary<string, double>()).FindGone(last).Select(g => g.Name).ShouldBe(["shop/new"]);
    }

    [Fact]
    public void Of_files_the_paths_are_missed_also_where_no_files_are_left()
    {
        Manifest last = Of((ManifestSource.Files, "/", [new("path", "/etc"), new("path", "/srv")]));
        new Inventory(last, new Dictionary<string, double>()).FindGone(Of()).Select(g => (g.Kind, g.Name)).ShouldBe([("path", "/etc"), ("path", "/srv")]);
    }

    [Fact]
    public void A_path_that_was_missing_already_is_not_missed_and_one_that_is_missing_now_is()
    {
        Manifest last = Of((ManifestSource.Files, "/", [new("path", "/etc"), new("path", "/srv") { Missing = true }]));
        Manifest now = Of((ManifestSource.Files, "/", [new("path", "/etc") { Missing = true }, new("path", "/srv")]));
        new Inventory(last, new Dictionary<string, double>()).FindGone(now).Select(g => g.Name).ShouldBe(["/etc"]);
        new Inventory(last, new Dictionary<string, double>()).FindGone(Of()).Select(g => g.Name).ShouldBe(["/etc"]);
        new Inventory(now, new Dictionary<string, double>()).FindGone(last).Select(g => g.Name).ShouldBe(["/srv"]);
    }

    [Theory]
    [InlineData(50L, 100L, false)]
    [InlineData(49L, 100L, true)]
    [InlineData(null, 100L, false)]
    [InlineData(1L, null, false)]
    [InlineData(0L, 1L, true)]
    public void A_path_that_lost_more_than_half_of_its_files_is_worth_a_word(long? files, long? before, bool isSaid)
    {
        var inventory = new Inventory(Of((ManifestSource.Files, "/", [new("path", "/srv") { Files = before }])), new Dictionary<string, double>());
        Manifest now = Of((ManifestSource.Files, "/", [new("path", "/srv") { Files = files }]));
        inventory.FindGone(now).ShouldBeEmpty();
        inventory.FindShrunk(now).ShouldBe(isSaid ? [$"path /srv (files) has {files} files, and had {before} last time"] : []);
    }

    [Theory]
    [InlineData(0, 100, false)]
    [InlineData(0, 101, true)]
    [InlineData(1, 2_000_000, false)]
    public void A_path_that_had_many_files_and_has_none_is_missed(long files, long before, bool isMissed)
    {
        var inventory = new Inventory(Of((ManifestSource.Files, "/", [new("path", "/srv") { Files = before }])), new Dictionary<string, double>());
        Manifest now = Of((ManifestSource.Files, "/", [new("path", "/srv") { Files = files, Folders = 1 }]));
        inventory.FindGone(now).Select(g => g.Detail).ShouldBe(isMissed ? [$"had {before} files last time, and has none"] : []);
        inventory.FindShrunk(now).Count().ShouldBe(isMissed ? 0 : 1, "it is said once");
    }

    [Theory]
    [InlineData("/b", 100, null, null)]
    [InlineData("/b", 49, null, "path /b (files) has 49 files, and /a, in whose place it comes, had 120 last time")]
    [InlineData("/b", 0, "had 120 files last time, and /b, in whose place it comes, has none", null)]
    [InlineData("/c", 100, "is nowhere", null)] // that one is no path of the run
    [InlineData(null, 100, "is nowhere", null)]
    public void Of_a_link_that_leads_elsewhere_what_is_there_is_compared(string? to, long files, string? loss, string? said)
    {
        var inventory = new Inventory(WithLink("/a", 120), new Dictionary<string, double>());
        Manifest now = WithLink("/b", files);
        now = now with { Sources = [now.Sources[0] with { Details = to is null ? new Dictionary<string, string>() : Details(to) }, now.Sources[1]] };
        inventory.FindGone(now).Select(g => (g.Name, g.Detail ?? "is nowhere")).ShouldBe(loss is null ? [] : [("/a", loss)]);
        inventory.FindShrunk(now).ShouldBe(said is null ? [] : [said]);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 3)]
    public void Roles_and_tablespaces_are_missed_where_all_of_a_server_is_captured(bool isChosen, int missed)
    {
        Manifest last = Of(("postgresql", "/db", [new("role", "blog"), new("tablespace", "fast"), new("database", "blog")]));
        Manifest now = Of(("postgresql", "/db", []));
        now = now with { Sources = [now.Sources[0] with { Details = isChosen ? new() { [PostgreSqlSource.Chosen] = "blog" } : new Dictionary<string, string>() }] };
        new Inventory(last, new Dictionary<string, double>()).FindGone(now).Count.ShouldBe(missed);
    }

    [Theory]
    [InlineData(100L, true)]
    [InlineData(0L, false)]
    [InlineData(null, false)]
    public void A_table_whose_rows_a_changed_plan_leaves_out_is_missed(long? rows, bool isMissed)
    {
        var inventory = new Inventory(Of(("mysql a", "/db", [Orders with { Rows = rows }])), new Dictionary<string, double>());
        Manifest now = Of(("mysql a", "/db", [Orders with { Rows = null, SchemaOnly = true }]));
        inventory.FindGone(now).Select(g => g.ToString()).ShouldBe(isMissed ? ["table shop/orders (mysql a) had 100 rows last time, and its rows are left out now"] : []);
        new Inventory(now, new Dictionary<string, double>()).FindGone(now).ShouldBeEmpty("it is missed once");
    }

    [Theory]
    [InlineData(50, 50, false)]
    [InlineData(49, 50, true)]
    [InlineData(1, 0, false)]
    [InlineData(99, 100, true)]
    public void A_stream_that_shrank_below_its_limit_is_missed(long bytes, double limit, bool isMissed)
    {
        Manifest last = Of(("command b", "/cmd", [new("stream", "b") { Bytes = 100 }]));
        Manifest now = Of(("command b", "/cmd", [new("stream", "b") { Bytes = bytes }]));
        List<GoneItem> gone = new Inventory(last, new Dictionary<string, double> { ["/cmd"] = limit }).FindGone(now);
        gone.Select(g => g.Detail).ShouldBe(isMissed ? [$"has {bytes} bytes, less than {limit} % of the 100 it had last time"] : []);
    }

    [Theory]
    [InlineData(50, false)]
    [InlineData(49, true)]
    [InlineData(0, true)]
    public void A_table_that_lost_more_than_half_of_its_rows_is_worth_a_word(long rows, bool isSaid)
    {
        var inventory = new Inventory(Of(("mysql a", "/db", [Orders])), new Dictionary<string, double>());
        Manifest now = Of(("mysql a", "/db", [Orders with { Rows = rows }]));
        inventory.FindGone(now).ShouldBeEmpty();
        inventory.FindShrunk(now).ShouldBe(isSaid ? [$"table shop/orders (mysql a) has {rows} rows, and had 100 last time"] : []);
    }

    [Theory]
    [InlineData("shop/orders", true)]
    [InlineData("shop", true)]
    [InlineData("shop/", true)]
    [InlineData("mysql a", true)]
    [InlineData("sho", false)]
    [InlineData("orders", false)]
    public void What_is_acknowledged_covers_what_is_inside(string name, bool isCovered) =>
        PlanRun.IsAcknowledged(new("table", "shop/orders", "mysql a", null), [name]).ShouldBe(isCovered);

    /// <summary>An application whose link <c>/site</c> leads to a path.</summary>
    private static Manifest WithLink(string to, long files)
    {
        Manifest manifest = Of(("application site", "/app", []), (ManifestSource.Files, "/", [new("path", to) { Files = files }]));
        return manifest with { Sources = [manifest.Sources[0] with { Details = Details(to) }, manifest.Sources[1]] };
    }

    private static Dictionary<string, string> Details(string to) => new() { [AppSource.Links] = to, [AppSource.LinkedFrom] = "/site" };

    private static Manifest Of(params (string Name, string Root, ManifestItem[] Items)[] sources) => new()
    {
        Program = "test", Host = "host", Time = DateTimeOffset.UnixEpoch,
        Sources = [.. sources.Select(s => new ManifestSource { Name = s.Name, Root = s.Root, Seconds = 0, Details = new Dictionary<string, string>(), Items = s.Items })],
    };
}
