using System.Globalization;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;
using Spectre.Console;

namespace Holdfast.Cli.Forget;

/// <summary>Shows what a policy will have kept in a year: a calendar of its days, and a table on the way there.</summary>
internal sealed class ForecastReport(Output output)
{
    internal void Print(List<ForgetForecast> forecasts)
    {
        if (output.IsJson)
        {
            output.Json([.. forecasts.Select(Listing)], RetentionJson.Default.ListForecastListing);
            return;
        }

        foreach (ForgetForecast forecast in forecasts)
        {
            output.Line(PathText.Printable(SnapshotGrouping.Describe(forecast.Key)));
            output.Line($"with a backup every {Describe(forecast.Every)}, in a year there will be snapshots of the days marked #:");
            output.Line();
            Calendar(forecast);
            output.Line();
            Table(forecast);
        }

        if (forecasts.Count == 0)
        {
            output.Say("there are no snapshots to apply the policy to");
        }
    }

    /// <summary>A line for each month, a character for each day.</summary>
    private void Calendar(ForgetForecast forecast)
    {
        HashSet<DateOnly> kept = [.. forecast.Kept.Select(t => DateOnly.FromDateTime(t.ToLocalTime().DateTime))];
        DateTime end = forecast.Points[^1].Time.ToLocalTime().DateTime;
        DateTime first = new DateTime(end.Year, end.Month, 1, 0, 0, 0, DateTimeKind.Unspecified).AddMonths(-11);
        output.Line("          1   5    10   15   20   25   30");
        for (int month = 0; month < 12; month++)
        {
            DateTime begin = first.AddMonths(month);
            char[] days = [.. Enumerable.Range(0, DateTime.DaysInMonth(begin.Year, begin.Month)).Select(d => kept.Contains(DateOnly.FromDateTime(begin).AddDays(d)) ? '#' : '.')];
            output.Line($"{begin.ToString("MMM yyyy", CultureInfo.InvariantCulture)}  {new string(days)}");
        }

        int earlier = forecast.Kept.Count(t => t.ToLocalTime().DateTime < first);
        if (earlier > 0)
        {
            output.Line($"and {earlier} from before");
        }
    }

    private void Table(ForgetForecast forecast)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("In", "Snapshots", "Oldest");
        table.Columns[1].Alignment = Justify.Right;
        foreach (ForecastPoint point in forecast.Points)
        {
            table.AddRow(point.Span, point.Snapshots.ToString(CultureInfo.InvariantCulture), point.Oldest.ToLocalTime().ToString("yyyy-MM-dd HH:mm"));
        }

        output.Table(table);
    }

    private static string Describe(TimeSpan every) => every.TotalDays >= 2 ? $"{every.TotalDays:0.#} days" : every.TotalHours >= 1 ? $"{every.TotalHours:0.#} hours" : $"{every.TotalMinutes:0} minutes";

    private static ForecastListing Listing(ForgetForecast forecast) => new(
        forecast.Key.Tags, forecast.Key.Hostname, forecast.Key.Paths, (long)forecast.Every.TotalSeconds,
        [.. forecast.Points.Select(p => new ForecastStop(p.Span, p.Time, p.Snapshots, p.Oldest))], [.. forecast.Kept]);
}
