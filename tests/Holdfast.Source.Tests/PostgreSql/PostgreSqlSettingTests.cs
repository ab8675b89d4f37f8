namespace Holdfast.Source.Tests;

public sealed class PostgreSqlSettingTests
{
    [Theory]
    [InlineData("statement_timeout=30s", "\"statement_timeout\" TO '30s'")]
    [InlineData("DateStyle=ISO, DMY", "\"DateStyle\" TO 'ISO, DMY'")]
    [InlineData("app.name=it's a=b", "\"app\".\"name\" TO 'it''s a=b'")]
    [InlineData("search_path=\"$user\", public", "\"search_path\" TO '$user', 'public'")]
    [InlineData("search_path=\"\"", "\"search_path\" TO ''")]
    [InlineData("search_path=\"a\"\"b, c\", d", "\"search_path\" TO 'a\"b, c', 'd'")]
    [InlineData("session_preload_libraries=auto_explain", "\"session_preload_libraries\" TO 'auto_explain'")]
    public void A_setting_of_all_roles_is_written_as_it_was_said(string kept, string said) =>
        PostgreSqlSetting.Parse(kept).ForAllRoles().ShouldBe($"ALTER ROLE ALL SET {said};");
}
