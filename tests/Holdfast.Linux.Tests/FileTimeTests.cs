namespace Holdfast.Linux.Tests;

public sealed class FileTimeTests
{
    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 0, 0)]
    [InlineData("1969-12-31T23:59:59.5Z", -1, 500_000_000)]
    [InlineData("2026-11-21T15:00:00.1234567+01:00", 1_795_269_600, 123_456_700)]
    [InlineData("0001-01-01T00:00:00Z", -62_135_596_800, 0)]
    public void An_instant_is_kept_to_100_nanoseconds_both_ways(string text, long seconds, int nanoseconds)
    {
        DateTimeOffset time = DateTimeOffset.Parse(text);
        FileTime.FromDateTimeOffset(time).ShouldBe(new FileTime(seconds, nanoseconds));
        new FileTime(seconds, nanoseconds).ToDateTimeOffset().ShouldBe(time);
    }

    [Fact]
    public void Years_beyond_those_of_dotnet_are_cut_to_its_range()
    {
        new FileTime(long.MaxValue, 999_999_999).ToDateTimeOffset().ShouldBe(DateTimeOffset.MaxValue);
        new FileTime(long.MinValue, 0).ToDateTimeOffset().ShouldBe(DateTimeOffset.MinValue);
    }

    [Fact]
    public void Times_are_ordered_by_seconds_then_nanoseconds()
    {
        (new FileTime(-1, 999_999_999) < new FileTime(0, 0)).ShouldBeTrue();
        (new FileTime(1, 2) > new FileTime(1, 1)).ShouldBeTrue();
        (new FileTime(1, 1) <= new FileTime(1, 1)).ShouldBeTrue();
        (new FileTime(2, 0) >= new FileTime(1, 999_999_999)).ShouldBeTrue();
    }
}
