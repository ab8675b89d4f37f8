namespace Holdfast.Repository.Tests.Forget;

public sealed class CalendarDurationTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("1y5m7d2h", "1y5m7d2h")]
    [InlineData("2h7d", "7d2h")]
    [InlineData(" 30d ", "30d")]
    [InlineData("1d2d", "2d")]
    [InlineData("0d", "")]
    [InlineData("", "")]
    public void A_duration_is_read_as_restic_reads_it(string text, string shown) => CalendarDuration.Parse(text).ToString().ShouldBe(shown);

    [Theory]
    [InlineData("7")]
    [InlineData("d")]
    [InlineData("7x")]
    [InlineData("-1d")]
    [InlineData("1.5d")]
    [InlineData("99999999999d")]
    [InlineData("1d 2h")]
    public void Nonsense_is_refused_with_an_example(string text) =>
        Should.Throw<FormatException>(() => CalendarDuration.Parse(text)).Message.ShouldContain("1y5m7d2h");

    [Theory]
    [InlineData("2026-03-31T12:00:00+02:00", "1m", "2026-03-03T12:00:00+01:00")] // February has no 31st
    [InlineData("2026-07-01T12:00:00+02:00", "6m", "2026-01-01T12:00:00+01:00")] // the clock on the wall goes back, not the sun
    [InlineData("2026-07-01T12:00:00+05:00", "6m", "2026-01-01T12:00:00+05:00")] // a time of elsewhere
    [InlineData("2026-03-29T12:00:00+02:00", "24h", "2026-03-28T11:00:00+01:00")] // hours are hours
    [InlineData("2024-02-29T12:00:00+01:00", "1y", "2023-03-01T12:00:00+01:00")]
    [InlineData("2026-07-01T12:00:00+02:00", "9999y", "0001-01-01T00:00:00+00:00")]
    public void It_is_counted_back_as_Go_counts(string time, string duration, string before) =>
        CalendarDuration.Parse(duration).Before(DateTimeOffset.Parse(time), Berlin).ShouldBe(DateTimeOffset.Parse(before));
}
