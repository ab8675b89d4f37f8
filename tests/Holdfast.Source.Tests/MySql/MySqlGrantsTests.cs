namespace Holdfast.Source.Tests;

/// <summary>What SHOW GRANTS says, where a server that says it is not at hand: the form is that of MySQL's manual, "Privilege Restriction Using Partial Revokes".</summary>
public sealed class MySqlGrantsTests
{
    [Fact]
    public void What_a_partial_revoke_takes_is_missing_in_that_database_and_for_all_of_them()
    {
        var grants = new MySqlGrants("`b`@`%`", ["GRANT SELECT, SHOW VIEW ON *.* TO `b`@`%`", "REVOKE SELECT ON `se``cret`.* FROM `b`@`%`"]);
        grants.Check("SELECT", "shop", string.Empty).IsMissing.ShouldBeFalse();
        grants.Check("SHOW VIEW", "se`cret", string.Empty).IsMissing.ShouldBeFalse();
        grants.Check("SHOW VIEW", null, string.Empty).IsMissing.ShouldBeFalse();
        grants.Check("SELECT", "se`cret", string.Empty).Grant.ShouldBe("GRANT SELECT ON `se``cret`.* TO `b`@`%`;");
        grants.Check("SELECT", null, string.Empty).Grant.ShouldBe("GRANT SELECT ON `se``cret`.* TO `b`@`%`;");
    }
}
