using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Linux;

namespace Holdfast.Archiver.Tests;

public sealed class PathPatternTests
{
    [Theory]
    [InlineData("*.go", "/foo/bar/test.go", true)]
    [InlineData("*.c", "/foo/bar/test.go", false)]
    [InlineData("*", "/foo/bar/test.go", true)]
    [InlineData("**", "/foo/bar/test.go", true)]
    [InlineData("foo*", "/foo/bar/test.go", true)]
    [InlineData("/bar*", "/foo/bar/test.go", false)]
    [InlineData("bar/*", "/foo/bar/test.go", true)]
    [InlineData("baz/*", "/foo/bar/test.go", false)]
    [InlineData("bar/test.go", "/foo/bar/test.go", true)]
    [InlineData("ba*/*.go", "/foo/bar/test.go", true)]
    [InlineData("tesT.*", "/foo/bar/test.go", false)]
    [InlineData("/foo/bar", "/foo/bar", true)]
    [InlineData("/foo/bar/", "/foo/bar", true)]
    [InlineData("/foo/bar", "/foo/baz", false)]
    [InlineData("/foo///bar", "/foo/bar", true)]
    [InlineData("/foo/../bar", "/foo/bar", false)]
    [InlineData("/foo/../bar", "/bar", true)]
    [InlineData("./bar", "/foo/bar", true)]
    [InlineData("/foo", "/foo/baz", true)]
    [InlineData("/foo/*", "/foo", false)]
    [InlineData("/foo/*", "/foo/baz", true)]
    [InlineData("bar", "/foo/bar/baz", true)]
    [InlineData("bar", "/foo/barbaz", false)]
    [InlineData("/foo/**/bar", "/foo/bar", true)]
    [InlineData("/foo/**/bar", "/foo/x/y/bar/z", true)]
    [InlineData("/foo/**/bar", "/x/foo/bar", false)]
    [InlineData("foo/**/bar/**/x", "/a/foo/b/bar/c/d/x", true)]
    [InlineData("user/**/important*", "/home/user/job/shared/important.txt", true)]
    [InlineData("user/**/**/**/hidden", "/home/user/hidden", true)]
    [InlineData("[a-c]x", "/foo/bx", true)]
    [InlineData("[^a-c]x", "/foo/bx", false)]
    [InlineData("\\*", "/foo/x", false)]
    [InlineData("\\*", "/foo/*", true)]
    [InlineData("?", "/ü", true)]
    [InlineData("/", "/anything", true)]
    public void Patterns_match_as_restic_matches_them(string pattern, string path, bool expected) =>
        new PathPattern(pattern, ignoreCase: false).Matches(path).ShouldBe(expected);

    [Theory]
    [InlineData("*.TXT", "/a/b.txt")]
    [InlineData("[A-C]", "/b")]
    [InlineData("straße", "/STRAßE")]
    public void Case_is_ignored_where_wanted(string pattern, string path)
    {
        new PathPattern(pattern, ignoreCase: true).Matches(path).ShouldBeTrue();
        new PathPattern(pattern, ignoreCase: false).Matches(path).ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("!")]
    [InlineData("[a")]
    [InlineData("a/[]")]
    [InlineData("a\\")]
    public void Malformed_patterns_are_named(string pattern) =>
        Should.Throw<FormatException>(() => new PathPattern(pattern, ignoreCase: false)).Message.ShouldContain($"'{pattern}'");

    [Fact]
    public void A_byte_that_is_no_text_is_one_character() =>
        new PathPattern("a?b", ignoreCase: false).Matches("/" + PathText.Decode("a\xFF"u8[..1]) + PathText.Decode([0xFF]) + "b").ShouldBeTrue();

    [Fact]
    public void The_last_pattern_that_matches_decides()
    {
        PatternList list = new(((string[])["*.log", "!keep.log", "/secret"]).Select(p => new PathPattern(p, false)));
        list.Matches("/a/x.log").ShouldBeTrue();
        list.Matches("/a/keep.log").ShouldBeFalse();
        list.Matches("/secret/keep.log").ShouldBeTrue();
        list.Matches("/other").ShouldBeFalse();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_pattern_takes_back_nothing_of_the_list_for_which_case_counts_otherwise(bool ignoreCase)
    {
        PatternList list = new([new("*.log", ignoreCase), new("!keep.log", !ignoreCase), new("!mine.log", ignoreCase)]);
        list.Matches("/a/keep.log").ShouldBeTrue();
        list.Matches("/a/mine.log").ShouldBeFalse();
    }

    [Fact]
    public void Every_pattern_agrees_with_a_regular_expression()
    {
        Gen<string> part = Gen.Elements("a", "b", "ab", "*", "a*", "*b", "?", "[ab]", "[^a]", "**", "a*b*").Select(s => s);
        Gen<string> name = Gen.Elements("a", "b", "ab", "ba", "aab", "c");
        var cases = from anchored in Gen.Elements(true, false)
                    from pattern in Gen.NonEmptyListOf(part)
                    from path in Gen.NonEmptyListOf(name)
                    select ((anchored ? "/" : "") + string.Join('/', pattern.Take(5)), "/" + string.Join('/', path.Take(6)));
        Prop.ForAll(cases.ToArbitrary(), c => new PathPattern(c.Item1, false).Matches(c.Item2) == Reference(c.Item1).IsMatch(c.Item2 + "/"))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    [Fact]
    public void A_folder_with_a_match_below_it_is_gone_into()
    {
        Gen<string> part = Gen.Elements("a", "b", "*", "a*", "?", "**");
        Gen<string> name = Gen.Elements("a", "b", "ab");
        var cases = from anchored in Gen.Elements(true, false)
                    from pattern in Gen.NonEmptyListOf(part)
                    from path in Gen.NonEmptyListOf(name)
                    select ((anchored ? "/" : "") + string.Join('/', pattern.Take(5)), path.Take(6).ToArray());
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var pattern = new PathPattern(c.Item1, false);
            return !pattern.Matches("/" + string.Join('/', c.Item2))
                || Enumerable.Range(0, c.Item2.Length).All(n => pattern.MayMatchBelow("/" + string.Join('/', c.Item2.Take(n))));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    [Fact]
    public void Stars_take_no_exponential_time() =>
        GlobComponent.Matches(string.Concat(Enumerable.Repeat("*a", 100)) + "b", new string('a', 2000)).ShouldBeFalse();

    private static Regex Reference(string pattern)
    {
        var regex = new StringBuilder(pattern.StartsWith('/') ? "^/" : "^/(?:[^/]+/)*");
        foreach (string part in pattern.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            regex.Append(part == "**" ? "(?:[^/]+/)*" : part.Replace("[^a]", "[^a/]").Replace("*", "[^/]*").Replace("?", "[^/]") + "/");
        }

        return new(regex.ToString());
    }
}
