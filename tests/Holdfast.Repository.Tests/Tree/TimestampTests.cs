using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Linux;

namespace Holdfast.Repository.Tests.Tree;

public sealed class TimestampTests
{
    [Theory]
    [InlineData(0, 0, "UTC", "1970-01-01T00:00:00Z")]
    [InlineData(0, 1, "UTC", "1970-01-01T00:00:00.000000001Z")]
    [InlineData(0, 100_000_000, "UTC", "1970-01-01T00:00:00.1Z")]
    [InlineData(-1, 999_999_999, "UTC", "1969-12-31T23:59:59.999999999Z")]
    [InlineData(951_782_400, 0, "UTC", "2000-02-29T00:00:00Z")]
    [InlineData(1_709_164_800, 0, "UTC", "2024-02-29T00:00:00Z")]
    [InlineData(4_107_542_400, 0, "UTC", "2100-03-01T00:00:00Z")]
    [InlineData(1_795_269_600, 500_000_000, "Europe/Berlin", "2026-11-21T15:00:00.5+01:00")]
    [InlineData(1_784_642_400, 0, "Europe/Berlin", "2026-07-21T16:00:00+02:00")]
    [InlineData(1_795_269_600, 0, "America/St_Johns", "2026-11-21T10:30:00-03:30")]
    [InlineData(1_795_269_600, 0, "Asia/Kathmandu", "2026-11-21T19:45:00+05:45")]
    [InlineData(1_795_269_600, 0, "Europe/London", "2026-11-21T14:00:00Z")]
    [InlineData(-62_135_596_800, 0, "Europe/Berlin", "0001-01-01T00:00:00Z")]
    [InlineData(-62_167_219_200, 0, "UTC", "0000-01-01T00:00:00Z")]
    [InlineData(253_402_300_799, 999_999_999, "UTC", "9999-12-31T23:59:59.999999999Z")]
    public void Times_are_written_as_Go_writes_them_and_read_again(long seconds, int nanoseconds, string zone, string text)
    {
        var time = new FileTime(seconds, nanoseconds);
        Write(time, zone).ShouldBe(text);
        Timestamp.TryRead(Encoding.ASCII.GetBytes(text), out FileTime read).ShouldBeTrue();
        read.ShouldBe(time);
    }

    [Theory]
    [InlineData(253_402_300_800, "9999-01-01T00:00:00Z")] // 10000-01-01
    [InlineData(253_407_441_600, "9999-03-01T12:00:00Z")] // 10000-02-29, which 9999 has not
    [InlineData(-62_167_219_201, "0000-12-31T23:59:59Z")] // the last second of the year before
    public void Years_that_cannot_be_written_become_the_nearest_as_in_restic(long seconds, string text) =>
        Write(new(seconds, 0), "UTC").ShouldBe(text);

    [Fact]
    public void Every_second_the_kernel_can_tell_is_written_as_some_time_in_every_zone()
    {
        string[] zones = ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati", "Pacific/Pago_Pago"];
        foreach (string zone in zones)
        {
            foreach (long seconds in (long[])[long.MinValue, long.MaxValue, -62_135_596_801, -62_135_596_799, 253_402_300_799, -62_167_219_200, 1L << 40])
            {
                Timestamp.TryRead(Encoding.ASCII.GetBytes(Write(new(seconds, 999_999_999), zone)), out _).ShouldBeTrue($"{seconds} in {zone}");
            }
        }
    }

    [Fact]
    public void Any_time_within_the_years_0_to_9999_comes_back_from_any_zone()
    {
        Gen<(long Seconds, int Nanoseconds, string Zone)> times =
            from high in Gen.Choose(-62_135, 253_401)
            from low in Gen.Choose(0, 999_999)
            from nanoseconds in Gen.OneOf(Gen.Constant(0), Gen.Choose(0, 999_999_999), Gen.Choose(0, 9).Select(n => n * 100_000_000))
            from zone in Gen.Elements("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "America/New_York")
            select ((high * 1_000_000L) + low, nanoseconds, zone);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(times.ToArbitrary(), t =>
            Timestamp.TryRead(Encoding.ASCII.GetBytes(Write(new(t.Seconds, t.Nanoseconds), t.Zone)), out FileTime read)
            && read == new FileTime(t.Seconds, t.Nanoseconds)));
    }

    [Theory]
    [InlineData("2026-11-21T14:00:00.123456789123Z", 123_456_789)]
    [InlineData("2026-11-21T14:00:00.5+00:00", 500_000_000)]
    public void Other_writers_decimals_and_offsets_are_understood(string text, int nanoseconds)
    {
        Timestamp.TryRead(Encoding.ASCII.GetBytes(text), out FileTime time).ShouldBeTrue();
        time.ShouldBe(new FileTime(1_795_269_600, nanoseconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-11-21")]
    [InlineData("2026-11-21T14:00:00")]
    [InlineData("2026-11-21 14:00:00Z")]
    [InlineData("2026-13-21T14:00:00Z")]
    [InlineData("2026-00-21T14:00:00Z")]
    [InlineData("2026-02-29T14:00:00Z")]
    [InlineData("2026-11-31T14:00:00Z")]
    [InlineData("2026-11-00T14:00:00Z")]
    [InlineData("2026-11-21T24:00:00Z")]
    [InlineData("2026-11-21T14:60:00Z")]
    [InlineData("2026-11-21T14:00:61Z")]
    [InlineData("2026-11-21T14:00:00.Z")]
    [InlineData("2026-11-21T14:00:00+1:00")]
    [InlineData("2026-11-21T14:00:00+24:00")]
    [InlineData("2026-11-21T14:00:00+00:60")]
    [InlineData("2026-11-21T14:00:00Zx")]
    [InlineData("-026-11-21T14:00:00Z")]
    public void What_is_not_RFC_3339_is_refused(string text) => Timestamp.TryRead(Encoding.ASCII.GetBytes(text), out _).ShouldBeFalse();

    private static string Write(FileTime time, string zone)
    {
        var target = new byte[Timestamp.MaxLength];
        return Encoding.ASCII.GetString(target, 0, Timestamp.Write(time, TimeZoneInfo.FindSystemTimeZoneById(zone), target));
    }
}
